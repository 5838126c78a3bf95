import { expect, test } from "vitest";
import { UNCONFIGURED } from "@/server/domain/backup-config";
import type { VmDetail } from "@/server/domain/vm";
import { backupReason, configureReason, deleteReason } from "./vm-reasons";

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
  ["running", { state: "RUNNING" }, true, true, false],
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
