import type { TemplateDiffLine } from "@/server/domain/restore";

/** The lines by section in order of appearance, the top level first; sections left without a line are dropped. */
export function groupDiff(
  diff: readonly TemplateDiffLine[],
  isOnlyChanges: boolean,
): { section: string; lines: TemplateDiffLine[] }[] {
  const sections = new Map<string, TemplateDiffLine[]>();
  for (const line of diff) {
    if (isOnlyChanges && line.change === "kept") continue;
    sections.set(line.section, [...(sections.get(line.section) ?? []), line]);
  }
  return [...sections]
    .map(([section, lines]) => ({ section, lines }))
    .sort((a, b) => Number(b.section === "") - Number(a.section === ""));
}
