import type { BackupConfig } from "./backup-config";
import { chainUpTo } from "./chain";
import { disksWithSnapshots, snapshotsOfDisk, type VmDiskSnapshots } from "./disk-snapshots";
import { appError } from "./errors";
import type { InPlaceDisk, InPlacePlan, InPlaceRequest, LostSnapshot, SafetyPlan } from "./in-place";
import { inPlaceChecks } from "./in-place-checks";
import type { Right } from "./permissions";
import type { PlanStep } from "./restore";
import { planPoint } from "./restore-plan";
import type { PlanPoint } from "./restore-plan-input";
import type { VmState } from "./states";
import { type Template, vectors } from "./template";
import { type DiskFacts, readDisks } from "./vm-disks";

const MIB = 1024 * 1024;

export interface InPlaceInput {
  request: InPlaceRequest;
  vm: {
    id: number;
    name: string;
    state: VmState;
    template: Template;
    backupConfig: BackupConfig;
    diskSnapshots: VmDiskSnapshots;
    hostName: string;
    /** Folder of the VM on its host. */
    dir: string;
  };
  chain: { imageId: number; vmId: number; points: readonly PlanPoint[] };
  /** Where the disks of the VM are, unless they are files that were registered. */
  system: { name: string; freeMb: number; isMeasured: boolean };
  /** Names of the images that are disks of the VM, by id. */
  imageNames: ReadonlyMap<number, string>;
  /** Of the safety point, when one is wanted: where it would go, or why there can be none. */
  safety: (SafetyPlan & { problem: null }) | { problem: string } | null;
  /** Reading the backup is allowed already: without that there is nothing to plan. */
  may: { restoreVm: boolean; restoreRight: Right };
}

/**
 * What an in-place restore will do, touching nothing. What an operator can change comes back as a check; what makes no
 * plan at all is thrown: INCREMENT_NOT_FOUND, RESTORE_DISK_MISSING.
 */
export function planInPlace(input: InPlaceInput): InPlacePlan {
  const { request, vm, chain } = input;
  const point = planPoint(chain, request.incrementId);
  if (request.diskId !== null && !point.diskIds.includes(request.diskId)) {
    throw appError("RESTORE_DISK_MISSING", { diskId: request.diskId });
  }
  const known = readDisks(vm.template);
  const isOverwritten = (disk: DiskFacts) =>
    point.diskIds.includes(disk.diskId) && (request.diskId === null || request.diskId === disk.diskId);
  const disks = known.filter(isOverwritten).map((disk) => planDisk(input, point, disk));
  const safety = input.safety === null || input.safety.problem !== null ? null : input.safety;
  const plan: Omit<InPlacePlan, "checks" | "isRunnable"> = {
    request,
    vmId: vm.id,
    vmName: vm.name,
    hostName: vm.hostName,
    imageId: chain.imageId,
    incrementId: point.incrementId,
    pointAt: point.at,
    disks,
    untouched: known
      .filter((disk) => !isOverwritten(disk))
      .map((disk) => ({
        diskId: disk.diskId,
        why: point.diskIds.includes(disk.diskId) ? "Not asked for." : "Not part of the backup.",
      })),
    lostSnapshots: lostSnapshots(vm, disks),
    closedChain: vm.backupConfig.incrementalBackupId === -1 ? null : vm.backupConfig.incrementalBackupId,
    safety:
      safety === null
        ? null
        : {
            datastoreName: safety.datastoreName,
            isIncrement: safety.isIncrement,
            estimateBytes: safety.estimateBytes,
          },
    totalBytesToRead: disks.reduce<number | null>(
      (sum, disk) => (sum === null || disk.bytesToRead === null ? null : sum + disk.bytesToRead),
      0,
    ),
    totalVirtualSize: disks.reduce((sum, disk) => sum + disk.virtualSize, 0),
    steps: [],
  };
  const withSteps = { ...plan, steps: planSteps(plan) };
  const checks = inPlaceChecks(input, point, withSteps);
  return { ...withSteps, checks, isRunnable: checks.every((check) => check.level !== "error") };
}

function planDisk(input: InPlaceInput, point: PlanPoint, disk: DiskFacts): InPlaceDisk {
  const steps = chainUpTo(input.chain.points, point.incrementId);
  const files = steps.map((step) => step.manifest?.disks.find((each) => each.id === disk.diskId));
  const hasManifests = steps.every((step) => step.manifest !== null);
  const vector = vectors(input.vm.template, "DISK").find((each) => each["DISK_ID"] === String(disk.diskId));
  const isPersistent = (vector?.["PERSISTENT"] ?? "").toUpperCase() === "YES";
  const name = disk.imageId === null ? undefined : input.imageNames.get(disk.imageId);
  return {
    diskId: disk.diskId,
    target: disk.target,
    path: isPersistent && disk.source !== "" ? disk.source : `${input.vm.dir}/disk.${disk.diskId}`,
    sizeNow: disk.sizeMb * MIB,
    virtualSize: point.manifest?.disks.find((each) => each.id === disk.diskId)?.virtualSize ?? disk.sizeMb * MIB,
    bytesToRead: hasManifests ? files.reduce((sum, file) => sum + (file?.bytes ?? 0), 0) : null,
    chainLength: hasManifests ? files.filter((file) => file !== undefined).length : steps.length,
    persistentImage:
      isPersistent && disk.imageId !== null ? { id: disk.imageId, name: name ?? String(disk.imageId) } : null,
  };
}

/** Snapshots of the VM hold the state of all disks together, so one disk that goes takes them along (reference §9.2). */
function lostSnapshots(vm: InPlaceInput["vm"], disks: readonly InPlaceDisk[]): LostSnapshot[] {
  const ofVm = vectors(vm.template, "SNAPSHOT").map((snapshot): LostSnapshot => {
    const seconds = Number(snapshot["TIME"] ?? "");
    return {
      diskId: null,
      name: snapshot["NAME"] || `snapshot ${snapshot["SNAPSHOT_ID"] ?? ""}`,
      at: seconds > 0 ? seconds * 1000 : null,
    };
  });
  const ofDisks = disks.flatMap(({ diskId }) =>
    snapshotsOfDisk(vm.diskSnapshots, diskId).snapshots.map(({ name, at }): LostSnapshot => ({ diskId, name, at })),
  );
  return disks.length === 0 ? [] : [...ofVm, ...ofDisks];
}

function planSteps(plan: Omit<InPlacePlan, "checks" | "isRunnable" | "steps">): PlanStep[] {
  const steps: PlanStep[] = [];
  if (plan.safety !== null) {
    const { isIncrement, datastoreName, estimateBytes } = plan.safety;
    steps.push({
      id: "safety",
      text: `Back up the present state to ${datastoreName} (${isIncrement ? "increment" : "full"}): the safety point`,
      bytes: isIncrement ? 0 : estimateBytes,
    });
  }
  for (const disk of plan.disks) {
    steps.push({
      id: `disk-${disk.diskId}`,
      text:
        `Write disk ${disk.diskId} from ${disk.chainLength} stored ${disk.chainLength === 1 ? "file" : "files"} ` +
        `beside ${disk.path} on ${plan.hostName}, and check it`,
      bytes: disk.bytesToRead ?? disk.virtualSize,
    });
  }
  if (plan.disks.length === 0) return steps;
  const ids = plan.disks.map((disk) => disk.diskId).join(", ");
  steps.push({
    id: "swap",
    text: `Put the restored disk ${ids} in place, all at once, and remove the old one`,
    bytes: 0,
  });
  if (plan.lostSnapshots.length > 0) {
    steps.push({ id: "snapshots", text: `Forget ${plan.lostSnapshots.length} snapshots of the old disks`, bytes: 0 });
  }
  if (plan.closedChain !== null) {
    steps.push({
      id: "chain",
      text: `Close the chain in backup ${plan.closedChain}: the next backup is a full one`,
      bytes: 0,
    });
  }
  return steps;
}

/** The VM after its disks were replaced: sizes of the point, no snapshots that the old disks held. */
export function restoredVm(
  vm: Pick<InPlaceInput["vm"], "template" | "diskSnapshots">,
  sizesMb: ReadonlyMap<number, number>,
): Pick<InPlaceInput["vm"], "template" | "diskSnapshots"> {
  const { SNAPSHOT: _gone, ...template } = vm.template;
  const disks = (template["DISK"] ?? []).map((disk) => {
    const sizeMb = typeof disk === "string" ? undefined : sizesMb.get(Number(disk["DISK_ID"]));
    if (typeof disk === "string" || sizeMb === undefined) return disk;
    const { DISK_SNAPSHOT_TOTAL_SIZE: _lost, ...kept } = disk;
    return { ...kept, SIZE: String(sizeMb) };
  });
  const lost = new Set(disksWithSnapshots(vm.diskSnapshots).filter((diskId) => sizesMb.has(diskId)));
  return {
    template: disks.length === 0 ? template : { ...template, DISK: disks },
    // Ids of snapshots are never used twice, so an entry stays and keeps its next one.
    diskSnapshots: vm.diskSnapshots.map((disk) =>
      lost.has(disk.diskId) ? { ...disk, currentBase: -1, snapshots: [] } : disk,
    ),
  };
}
