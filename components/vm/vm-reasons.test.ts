import { expect, test } from "vitest";
import { UNCONFIGURED } from "@/server/domain/backup-config";
import type { VmDetail } from "@/server/domain/vm";
import { backupReason, configureReason, deleteReason, powerReason } from "./vm-reasons";

const disk = {
  diskId: 0,
  target: "vda",
  type: "FILE",
  format: "qcow2",
  sizeMb: 1,
  source: "",
  imageId: null,
  isVolatile: false,
  isIncluded: true,
  reason: null,
};
const vm = {
  id: 7,
  state: "POWEROFF",
  runningActionId: null,
  may: { backup: true, configure: true, delete: true },
  disks: [disk],
  backupConfig: UNCONFIGURED,
} as const satisfies Partial<VmDetail>;
type Vm = Parameters<typeof backupReason>[0];

test.each<[string, Partial<Vm>, boolean, boolean, boolean]>([
  ["powered off", {}, true, true, true],
  ["running", { state: "RUNNING" }, true, true, true],
  ["being backed up", { state: "BACKUP_POWEROFF" }, false, false, false],
  ["waiting for its backup", { runningActionId: 3 }, false, false, false],
  ["suspended", { state: "SUSPENDED" }, false, true, false],
  ["without rights", { may: { backup: false, configure: false, delete: false } }, false, false, false],
  ["without a disk to back up", { disks: [] }, false, true, true],
])("%s", (_what, change, canBackUp, canConfigure, canDelete) => {
  const given: Vm = { ...vm, disks: [...vm.disks], ...change };
  expect(backupReason(given) === null).toBe(canBackUp);
  expect(configureReason(given) === null).toBe(canConfigure);
  expect(deleteReason(given) === null).toBe(canDelete);
});

const MAY = { may: true, right: "MANAGE" } as const;
const power = { resume: MAY, poweroff: MAY, reboot: MAY };
test.each<[VmDetail["state"], RegExp | null, RegExp | null, RegExp | null]>([
  ["POWEROFF", null, /powered off/, /powered off/],
  ["RUNNING", /runs already/, null, null],
  ["UNKNOWN", /runs already/, null, /Another operation/],
  ["BACKUP", /backup of this VM/, /backup of this VM/, /backup of this VM/],
  ["BACKUP_POWEROFF", /backup of this VM/, /backup of this VM/, /backup of this VM/],
  ["BOOT", /Another operation/, /Another operation/, /Another operation/],
  ["RESTORE", /Another operation/, /Another operation/, /Another operation/],
])("power of a VM in %s", (state, start, poweroff, reboot) => {
  for (const [what, pattern] of [
    ["start", start],
    ["poweroff", poweroff],
    ["reboot", reboot],
  ] as const) {
    const reason = powerReason({ id: 7, state, power }, what);
    if (pattern === null) expect(reason).toBeNull();
    else expect(reason).toMatch(pattern);
  }
});

test("power needs its right", () => {
  const none = { may: false, right: "ADMIN" } as const;
  const reason = powerReason({ id: 7, state: "POWEROFF", power: { ...power, resume: none } }, "start");
  expect(reason).toContain("You need the ADMIN right on VM 7");
});
