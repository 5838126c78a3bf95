import { expect, test } from "vitest";
import { outcomeGroups } from "./bulk-outcome";

test("refusals that differ in a number are one cause, the most frequent first", () => {
  const refused = (vmId: number, reason: string) => ({ vmId, name: `vm-${vmId}`, reason });
  const outcomes = [
    { vmId: 1, name: "vm-1", reason: null },
    refused(2, "No right."),
    ...Array.from({ length: 7 }, (_, n) => refused(10 + n, `VM ${10 + n} is in job 3.`)),
  ];
  expect(outcomeGroups(outcomes)).toEqual({
    done: 1,
    refused: [
      { reason: "VM 10 is in job 3.", names: ["vm-10", "vm-11", "vm-12", "vm-13", "vm-14"], count: 7 },
      { reason: "No right.", names: ["vm-2"], count: 1 },
    ],
  });
});
