import { MEMBER_LISTS, type MemberList } from "@/server/domain/job/job";
import { t, words } from "../i18n/t";
import { cn } from "../lib/cn";

export const LIST_WORDS: Record<MemberList, string> = words({
  OUTDATED: "Outdated",
  BACKING_UP: "Backing up",
  UPDATED: "Updated",
  ERROR: "Error",
});
const FILLS: Record<MemberList, string> = {
  OUTDATED: "bg-neutral",
  BACKING_UP: "bg-running",
  UPDATED: "bg-success",
  ERROR: "bg-danger",
};
/** From done to not begun. */
const ORDER = ["UPDATED", "ERROR", "BACKING_UP", "OUTDATED"] as const satisfies readonly MemberList[];

/** How many VMs are in each of the four lists, as a bar and in words. */
export function ListsBar({ counts, vmCount }: { counts: Record<MemberList, number>; vmCount: number }) {
  const total = MEMBER_LISTS.reduce((sum, list) => sum + counts[list], 0);
  if (total === 0)
    return <span className="text-muted">{t("{vmCount, plural, one {1 VM} other {{vmCount} VMs}}", { vmCount })}</span>;
  const used = ORDER.filter((list) => counts[list] > 0);
  return (
    <span className="block min-w-32">
      <span aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-neutral-tint">
        {used.map((list) => (
          <span key={list} className={cn("h-full", FILLS[list])} style={{ flexGrow: counts[list] }} />
        ))}
      </span>
      <span className="text-sm text-muted">
        {used.map((list) => `${counts[list]} ${LIST_WORDS[list].toLowerCase()}`).join(", ")}
      </span>
    </span>
  );
}
