import Link from "next/link";
import type { OverviewView } from "@/server/domain/overview";
import { t } from "../i18n/t";
import { cn } from "../lib/cn";
import { formatCount } from "../lib/format";

const PARTS = [
  {
    key: "protected",
    get word() {
      return t("protected");
    },
    colour: "bg-success",
  },
  {
    key: "late",
    get word() {
      return t("late");
    },
    colour: "bg-warning",
  },
  {
    key: "failing",
    get word() {
      return t("failing");
    },
    colour: "bg-danger",
  },
  {
    key: "never",
    get word() {
      return t("never backed up");
    },
    colour: "bg-control",
  },
  {
    key: "excluded",
    get word() {
      return t("left out");
    },
    colour: "bg-neutral",
  },
] as const;

/** Shares of the VMs as a stacked bar, and the same as words that lead to the list. */
export function ProtectionBar({ vms }: { vms: OverviewView["vms"] }) {
  const parts = PARTS.filter((part) => vms[part.key] > 0);
  return (
    <>
      <div aria-hidden className="bar mb-2 flex h-2 gap-0.5 overflow-hidden rounded-full bg-neutral-tint">
        {parts.map((part) => (
          <div key={part.key} style={{ flexGrow: vms[part.key] }} className={part.colour} />
        ))}
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-1">
        {parts.map((part) => (
          <li key={part.key}>
            <Link
              href={`/vms?protection=${part.key}`}
              className="flex items-center gap-1.5 text-primary underline-offset-2 hover:underline"
            >
              <span aria-hidden className={cn("size-2 rounded-full", part.colour)} />
              {formatCount(vms[part.key])} {part.word}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
