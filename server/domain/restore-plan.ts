import { chainUpTo } from "./chain";
import { appError } from "./errors";
import type { PlanDisk, PlanStep, RestorePlan } from "./restore";
import { planChecks } from "./restore-checks";
import type { PlanPoint, RestorePlanInput } from "./restore-plan-input";
import { keptDiskIds, mergeUserTemplate, restoreTemplate } from "./restore-template";
import { type Template, withValues } from "./template";
import { diffTemplates } from "./template-diff";
import { readDisks } from "./vm-disks";

const MIB = 1024 * 1024;

/**
 * The point a request means: the one it names, else the newest. The reference takes increment 0 when none is named
 * and then mixes the oldest template with the newest data (drivers-and-core §14, 1). Throws INCREMENT_NOT_FOUND.
 */
export function planPoint<P extends { incrementId: number }>(
  chain: { imageId: number; points: readonly P[] },
  incrementId: number | null,
): P {
  const wanted = incrementId ?? Math.max(...chain.points.map((point) => point.incrementId));
  const point = chain.points.find((candidate) => candidate.incrementId === wanted);
  if (point === undefined) {
    throw appError("INCREMENT_NOT_FOUND", { imageId: chain.imageId, incrementId: incrementId ?? 0 });
  }
  return point;
}

/**
 * What a restore will do, computed from what is known, touching nothing. Whatever an operator can still change comes
 * back as a check; what makes no plan at all is thrown: INCREMENT_NOT_FOUND, NOT_IMAGE_DATASTORE,
 * RESTORE_DISK_MISSING, and RESTORE_NEEDS_DISK for a VM that should be made of a single disk.
 */
export function planRestore(input: RestorePlanInput): RestorePlan {
  const { request, chain, datastore } = input;
  if (datastore.type !== "IMAGE") throw appError("NOT_IMAGE_DATASTORE");
  const point = planPoint(chain, request.incrementId);
  const asked = [...new Set(request.diskIds)].sort((a, b) => a - b);
  const missing = asked.find((diskId) => !point.diskIds.includes(diskId));
  if (missing !== undefined) throw appError("RESTORE_DISK_MISSING", { diskId: missing });
  const isSingleDisk = asked.length === 1;
  if (isSingleDisk && request.instantiate !== null) throw appError("RESTORE_NEEDS_DISK");
  if (!isSingleDisk && request.attach != null) {
    throw appError("INVALID_INPUT", { message: "Choose the one disk that is to be attached." });
  }

  const baseName = request.name ?? `${chain.vmId}-${point.source}`;
  const diskIds = asked.length > 0 ? asked : [...point.diskIds].sort((a, b) => a - b);
  const disks = planDisks(input, point, diskIds, baseName);
  const templateBefore = mergeUserTemplate(input.vmDocument.template, input.vmDocument.userTemplate);
  const templateAfter = isSingleDisk ? null : previewTemplate(input, disks, baseName);
  const plan: Omit<RestorePlan, "checks" | "isRunnable"> = {
    request,
    vmId: chain.vmId,
    vmName: chain.vmName,
    imageId: chain.imageId,
    incrementId: point.incrementId,
    pointAt: point.at,
    datastore: { id: datastore.id, name: datastore.name, freeMb: datastore.freeMb },
    disks,
    totalBytesToRead: sumOrNull(disks.map((disk) => disk.bytesToRead)),
    totalVirtualSize: disks.reduce((sum, disk) => sum + disk.virtualSize, 0),
    templateName: isSingleDisk ? null : baseName,
    templateBefore,
    templateAfter,
    diff:
      templateAfter === null
        ? []
        : diffTemplates(templateBefore, templateAfter, {
            afterDiskIds: keptDiskIds(input.vmDocument.template, diskIds),
          }),
    steps: planSteps(input, disks, isSingleDisk ? null : baseName, datastore.name),
  };
  const checks = planChecks(input, point, plan);
  return { ...plan, checks, isRunnable: checks.every((check) => check.level !== "error") };
}

function planDisks(
  input: RestorePlanInput,
  point: PlanPoint,
  diskIds: readonly number[],
  baseName: string,
): PlanDisk[] {
  const steps = chainUpTo(input.chain.points, point.incrementId);
  const known = new Map(readDisks(input.vmDocument.template).map((disk) => [disk.diskId, disk]));
  return diskIds.map((diskId) => {
    const files = steps.map((step) => step.manifest?.disks.find((disk) => disk.id === diskId));
    const hasManifests = steps.every((step) => step.manifest !== null);
    const facts = known.get(diskId);
    const virtualSize = point.manifest?.disks.find((disk) => disk.id === diskId)?.virtualSize;
    return {
      diskId,
      target: facts?.target ?? "",
      wasVolatile: facts?.isVolatile ?? false,
      virtualSize: virtualSize ?? (facts?.sizeMb ?? 0) * MIB,
      bytesToRead: hasManifests ? files.reduce((sum, file) => sum + (file?.bytes ?? 0), 0) : null,
      chainLength: hasManifests ? files.filter((file) => file !== undefined).length : steps.length,
      imageName: `${baseName}-disk-${diskId}`,
      imageType: diskId === 0 ? "OS" : "DATABLOCK",
    };
  });
}

/** The images have no ids yet: their names stand in for them. */
function previewTemplate(input: RestorePlanInput, disks: readonly PlanDisk[], name: string): Template {
  const restored = restoreTemplate({
    template: input.vmDocument.template,
    userTemplate: input.vmDocument.userTemplate,
    network: input.request.network,
    restoredImages: new Map(disks.map((disk) => [disk.diskId, disk.diskId])),
    name,
  });
  const kept = keptDiskIds(
    input.vmDocument.template,
    disks.map((disk) => disk.diskId),
  );
  const shown = (restored["DISK"] ?? []).map((value, index) => {
    const disk = disks.find((candidate) => candidate.diskId === kept[index]);
    return typeof value === "string" || disk === undefined ? value : { ...value, IMAGE_ID: `(new) ${disk.imageName}` };
  });
  return withValues(restored, "DISK", shown);
}

function planSteps(
  input: RestorePlanInput,
  disks: readonly PlanDisk[],
  templateName: string | null,
  datastoreName: string,
): PlanStep[] {
  const { instantiate } = input.request;
  const steps: PlanStep[] = disks.map((disk) => ({
    id: `disk-${disk.diskId}`,
    text:
      `Merge disk ${disk.diskId} from ${disk.chainLength} stored ${disk.chainLength === 1 ? "file" : "files"} ` +
      `into image "${disk.imageName}" on ${datastoreName}`,
    bytes: disk.bytesToRead ?? disk.virtualSize,
  }));
  if (templateName !== null) steps.push({ id: "template", text: `Create VM template "${templateName}"`, bytes: 0 });
  if (templateName !== null && instantiate !== null) {
    steps.push({
      id: "instantiate",
      text: `Create the powered-off VM "${instantiate.name ?? templateName}" with copies of the disks`,
      bytes: disks.reduce((sum, disk) => sum + disk.virtualSize, 0),
    });
  }
  if (input.attach !== undefined) {
    const { vmId, vmName } = input.attach;
    steps.push({ id: "attach", text: `Attach a copy of it to ${vmName} (VM ${vmId}) as a new disk`, bytes: 0 });
  }
  return steps;
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}
