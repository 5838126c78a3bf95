import { expect, test } from "vitest";
import type { TemplateDiffLine } from "@/server/domain/restore";
import { groupDiff } from "./group-diff";

function line(section: string, name: string, change: TemplateDiffLine["change"]): TemplateDiffLine {
  return { section, name, before: null, after: null, change };
}
const diff = [
  line("DISK 0", "SOURCE", "removed"),
  line("", "CPU", "kept"),
  line("NIC 0", "IP", "kept"),
  line("DISK 0", "SIZE", "kept"),
];

test("all: the top level first, then sections in their order, no line lost", () => {
  expect(groupDiff(diff, false).map(({ section, lines }) => [section, lines.length])).toEqual([
    ["", 1],
    ["DISK 0", 2],
    ["NIC 0", 1],
  ]);
});

test("only changes: sections without one are gone", () => {
  expect(groupDiff(diff, true)).toEqual([{ section: "DISK 0", lines: [diff[0]] }]);
});
