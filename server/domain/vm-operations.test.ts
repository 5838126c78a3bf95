import { describe, expect, it } from "vitest";
import { DEFAULT_VM_OPERATION_RIGHTS, VM_OPERATIONS, vmOperationRight, vmOperationsOf } from "./vm-operations";

const SYSTEM = DEFAULT_VM_OPERATION_RIGHTS;

describe("vmOperationRight", () => {
  it.each([
    ["backup", "ADMIN"],
    ["restore", "ADMIN"],
    ["deploy", "ADMIN"],
    ["updateconf", "MANAGE"],
    ["sched-action", "MANAGE"],
    ["disk-attach", "MANAGE"],
    ["disk-snapshot", "MANAGE"],
    ["snapshot", "MANAGE"],
    ["terminate", "MANAGE"],
  ] as const)("%s needs %s as shipped", (operation, right) =>
    expect(vmOperationRight(operation, [SYSTEM])).toBe(right),
  );

  it("the user's lists come before the group's, and those before the system's", () => {
    const user = { use: ["backup"] as const };
    const group = { manage: ["backup", "restore"] as const };
    const layers = [user, group, SYSTEM].map((layer) => structuredClone(layer) as typeof SYSTEM);
    expect(vmOperationRight("backup", layers)).toBe("USE");
    expect(vmOperationRight("restore", layers)).toBe("MANAGE");
    expect(vmOperationRight("migrate", layers)).toBe("ADMIN");
    // A user's list can also ask for more than the system does.
    expect(vmOperationRight("snapshot", [{ admin: ["snapshot"] }, SYSTEM])).toBe("ADMIN");
  });

  it("what no list names needs ADMIN", () => {
    for (const operation of VM_OPERATIONS) expect(vmOperationRight(operation, [{}])).toBe("ADMIN");
  });

  it("every operation stands in exactly one of the shipped lists", () => {
    const all = [...SYSTEM.admin, ...SYSTEM.manage, ...SYSTEM.use];
    expect([...all].sort()).toEqual([...VM_OPERATIONS].sort());
  });
});

describe("vmOperationsOf", () => {
  it("reads the lists of a template and passes over names it does not know", () => {
    const template = { VM_USE_OPERATIONS: [" Backup, nonsense,snapshot "], VM_ADMIN_OPERATIONS: ["", "update"] };
    expect(vmOperationsOf(template)).toEqual({ use: ["backup", "snapshot"], manage: [], admin: [] });
    expect(vmOperationsOf({})).toEqual({ use: [], manage: [], admin: [] });
  });
});
