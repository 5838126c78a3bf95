import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fieldsOf } from "./api";
import { describedActions, driverActionsPage } from "./driver-actions";
import { describeError, errorCodesPage } from "./error-codes";
import { table } from "./markdown";
import { diagram } from "./states";

test("a bar or a line break in a cell cannot break the table", () => {
  expect(table(["a"], [["x|y\n z"], ["already \\| safe"]])).toBe("| a |\n| --- |\n| x\\|y z |\n| already \\| safe |\n");
});

describe("error sentences", () => {
  test("data shows as placeholders, with its names in order", () => {
    const text = (data: { vmId: number; state: string }) => `VM ${data.vmId} is ${data.state.toLowerCase()}`;
    expect(describeError(text)).toEqual({ names: ["vmId", "state"], sentence: "VM <vmId> is <state>" });
  });

  test("data that only counts when another is empty is named too", () => {
    const text = (data: { reason: string; path: string }) => (data.reason === "" ? data.path : data.reason);
    expect(describeError(text)).toEqual({ names: ["reason", "path"], sentence: "<reason>" });
  });

  test("no sentence has a value that is not one", () => {
    expect(errorCodesPage()).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe("the driver contract", () => {
  const contract = [
    "| `rm` | before any family | x |",
    "### datastore, for backups (`rsync`)",
    "| Action | argv | stdout |",
    "| `test` (optional) | `-1` | `ok\\|failed` |",
    "### tm (`ssh`)",
    "| `prebackup`, `postbackup` | `<host>` | nothing |",
    "### Downloader",
    "| `rsync` | `<url>` | x |",
  ].join("\n");

  test("rows belong to the family of their heading, and a row may name several actions", () => {
    expect([...describedActions(contract)]).toEqual([
      ["datastore/test", { argv: "`-1`", stdout: "`ok\\|failed`" }],
      ["tm/prebackup", { argv: "`<host>`", stdout: "nothing" }],
      ["tm/postbackup", { argv: "`<host>`", stdout: "nothing" }],
    ]);
  });

  test("an action that the contract does not describe is an error that names it", () => {
    expect(() => driverActionsPage(contract)).toThrow("datastore/monitor");
  });
});

test("a state diagram has one arrow a row", () => {
  expect(diagram([["A", "go", "B"]])).toBe("```mermaid\nstateDiagram-v2\n  A --> B : go\n```\n");
});

test("fields of an input: optional, nullable, nested, and the object inside a nullable one", () => {
  const schema = z
    .object({
      id: z.number().int(),
      name: z.string().nullable().default(null),
      kinds: z.array(z.enum(["a", "b"])).optional(),
      place: z.object({ host: z.string() }),
    })
    .nullish();
  expect(fieldsOf(schema)).toEqual([
    "`id: integer`",
    "`name?: string | null`",
    '`kinds?: list of "a" | "b"`',
    "`place: { host }`",
  ]);
});
