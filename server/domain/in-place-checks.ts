import type { InPlaceCheck, InPlacePlan } from "./in-place";
import type { InPlaceInput } from "./in-place-plan";
import type { CheckLevel } from "./restore";
import { checkPoint, checkVerification } from "./restore-checks";
import type { PlanPoint } from "./restore-plan-input";
import { nextState, VM_TRANSITIONS } from "./states";
import { type DiskFacts, effectiveDisks, readDisks } from "./vm-disks";

const MIB = 1024 * 1024;

type Draft = Omit<InPlacePlan, "checks" | "isRunnable">;
type Finding = [level: CheckLevel, text: string];

/** Every check of an in-place plan, in the order of the review page; each says what to do when it is not fine. */
export function inPlaceChecks(input: InPlaceInput, point: PlanPoint, plan: Draft): InPlaceCheck[] {
  const findings: [InPlaceCheck["id"], Finding][] = [
    ["state", checkState(input)],
    ["permissions", checkPermissions(input)],
    ["point", checkPoint(input, point)],
    ["verification", checkVerification(input, point)],
    ["disks", checkDisks(input, point, plan)],
    ["capacity", checkCapacity(input, plan)],
    ["size", checkSizes(plan)],
    ["snapshots", checkSnapshots(plan)],
    ["chain", checkChain(plan)],
    ["safety", checkSafety(input, plan)],
  ];
  return findings.map(([id, [level, text]]) => ({ id, level, text }));
}

/** Why the disks of this VM cannot be overwritten now, null when they can: for buttons and for the plan. */
export function inPlaceProblem(vm: { id: number; state: InPlaceInput["vm"]["state"] }): string | null {
  return nextState(VM_TRANSITIONS, vm.state, "restore") === null
    ? `VM ${vm.id} is in state ${vm.state}. Power it off first: the disks of a VM that runs cannot be replaced.`
    : null;
}

function checkState({ vm, chain }: InPlaceInput): Finding {
  if (chain.vmId !== vm.id) {
    return ["error", `Backup ${chain.imageId} is of VM ${chain.vmId}, not of VM ${vm.id}. Restore it as a new VM.`];
  }
  const problem = inPlaceProblem(vm);
  if (problem !== null) return ["error", problem];
  if (vm.backupConfig.activeFlatten) {
    return ["error", `VM ${vm.id} is consolidating increments. Wait until that has ended, then try again.`];
  }
  return ["ok", "The VM is powered off."];
}

function checkPermissions({ may, vm }: InPlaceInput): Finding {
  if (!may.restoreVm) {
    return [
      "error",
      `You need the ${may.restoreRight} right on VM ${vm.id} to restore it. An administrator can grant it.`,
    ];
  }
  return ["ok", "You have the rights that are needed."];
}

function checkDisks(input: InPlaceInput, point: PlanPoint, plan: Draft): Finding {
  const known = readDisks(input.vm.template);
  const { diskId } = input.request;
  if (diskId !== null && plan.disks.length === 0) {
    return ["error", `The VM no longer has disk ${diskId}. Restore it to an image and attach that.`];
  }
  if (plan.disks.length === 0) {
    return ["error", "The VM has none of the disks of this point. Restore it as a new VM, or the disks to images."];
  }
  const unusable = known.find((disk) => plan.disks.some((each) => each.diskId === disk.diskId) && !isDiskFile(disk));
  if (unusable !== undefined) {
    return [
      "error",
      `Disk ${unusable.diskId} is no disk file (${unusable.tmMad || unusable.format || "no format"}). Restore it to an image.`,
    ];
  }
  const gone = diskId === null ? point.diskIds.filter((id) => !known.some((disk) => disk.diskId === id)) : [];
  const notes: string[] = [];
  if (gone.length > 0) {
    notes.push(`The VM no longer has disk ${gone.join(", ")} of this point: it is left out. Restore it to an image.`);
  }
  const shared = plan.disks.flatMap((disk) => disk.persistentImage ?? []);
  if (shared.length > 0) {
    notes.push(
      `Image ${shared.map((image) => `${image.id} (${image.name})`).join(", ")} is persistent: the image itself goes back.`,
    );
  }
  if (notes.length > 0) return ["warning", notes.join(" ")];
  const ids = plan.disks.map((disk) => disk.diskId).join(", ");
  return [
    "ok",
    plan.untouched.length === 0
      ? `Every disk of the VM is overwritten: ${ids}.`
      : `Disk ${ids} is overwritten; disk ${plan.untouched.map((disk) => disk.diskId).join(", ")} stays as it is.`,
  ];
}

/** Drivers replace files. A disk of a volume manager or of Ceph is none, whatever format it has. */
function isDiskFile({ type, tmMad, format }: DiskFacts): boolean {
  const isElsewhere = type.startsWith("RBD") || type === "BLOCK" || tmMad === "ceph" || tmMad.startsWith("fs_lvm");
  return !isElsewhere && (format === "qcow2" || format === "raw");
}

/** Old and new are both there until the swap. The driver measures the very file systems before it copies anything. */
function checkCapacity(input: InPlaceInput, plan: Draft): Finding {
  const needMb = Math.ceil(
    plan.disks.reduce((sum, disk) => sum + Math.min(disk.virtualSize, disk.bytesToRead ?? disk.virtualSize), 0) / MIB,
  );
  const { name, freeMb, isMeasured } = input.system;
  const inFolder = plan.disks.every((disk) => disk.path.startsWith(`${input.vm.dir}/`));
  if (!inFolder || !isMeasured) {
    return [
      "ok",
      `The new disks need ${needMb} MiB beside the old ones. That is measured there before the copy begins.`,
    ];
  }
  if (needMb > freeMb) {
    return [
      "error",
      `The new disks need ${needMb} MiB beside the old ones, but only ${freeMb} MiB are free on ${name}. Free space ` +
        "there, or restore one disk at a time.",
    ];
  }
  return ["ok", `The new disks need ${needMb} MiB beside the old ones; ${freeMb} MiB are free on ${name}.`];
}

function checkSizes(plan: Draft): Finding {
  const mib = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`;
  const changed = plan.disks.filter((disk) => Math.ceil(disk.sizeNow / MIB) !== Math.ceil(disk.virtualSize / MIB));
  if (changed.length === 0) return ["ok", "No disk changes its size."];
  return [
    "warning",
    `${changed
      .map((disk) => `Disk ${disk.diskId} goes back from ${mib(disk.sizeNow)} to ${mib(disk.virtualSize)}`)
      .join(". ")}. It can be enlarged again afterwards.`,
  ];
}

function checkSnapshots(plan: Draft): Finding {
  if (plan.lostSnapshots.length === 0) return ["ok", "No snapshot is lost."];
  const names = plan.lostSnapshots.map(({ diskId, name }) =>
    diskId === null ? `"${name}" of the VM` : `"${name}" of disk ${diskId}`,
  );
  return ["warning", `These snapshots are lost: ${names.join(", ")}.`];
}

function checkChain(plan: Draft): Finding {
  return plan.closedChain === null
    ? ["ok", "No chain is open."]
    : [
        "warning",
        `The chain in backup ${plan.closedChain} is closed and stays restorable; the next backup is a full one in a new chain.`,
      ];
}

function checkSafety(input: InPlaceInput, plan: Draft): Finding {
  if (input.safety === null) {
    return ["warning", "No safety point is made: what the disks hold now is lost for good."];
  }
  if (input.safety.problem !== null) {
    return ["error", `There can be no safety point: ${input.safety.problem} Or go on without one.`];
  }
  const { isIncrement, datastoreName, estimateBytes } = plan.safety ?? input.safety;
  const missed = input.safety.problem === null ? notBackedUp(input, plan) : [];
  if (missed.length > 0) {
    return [
      "warning",
      `The safety point does not hold disk ${missed.join(", ")}, which the backup settings leave out: what it holds now is lost.`,
    ];
  }
  const size = isIncrement ? "what changed since the last backup" : `at most ${Math.ceil(estimateBytes / MIB)} MiB`;
  return ["ok", `The present state is stored on ${datastoreName} first: ${size}.`];
}

/** Disks that are overwritten and that a backup with the present settings does not hold. */
function notBackedUp(input: InPlaceInput, plan: Draft): number[] {
  const held = new Set(
    effectiveDisks(input.vm.template, input.vm.backupConfig).flatMap((disk) => (disk.isIncluded ? [disk.diskId] : [])),
  );
  return plan.disks.map((disk) => disk.diskId).filter((diskId) => !held.has(diskId));
}
