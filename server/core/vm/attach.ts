import { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { afterAttach } from "../../domain/chain-rules";
import { appError } from "../../domain/errors";
import { type TemplateVector, vectors, withValues } from "../../domain/template";
import { AttachDisk } from "../../domain/vm-devices";
import { readDisks } from "../../domain/vm-disks";
import { enqueue } from "../action/enqueue";
import type { ActionHandler } from "../action/handler";
import { authorizeImage, requireUnlocked } from "../authorize";
import type { Ctx } from "../context";
import { vmXml } from "../documents";
import { lockImage } from "../lock";
import { requireDatastore } from "../require";
import { transitionImage, transitionVm } from "../transition";
import { releaseImages } from "./images";
import {
  callTm,
  callVmm,
  diskPlace,
  endOperation,
  readForOperation,
  readSite,
  requireDisk,
  requireState,
} from "./operation";
import { diskCommand, placeDisk } from "./place";
import type { ParsedVm } from "./rows";

const Input = z.object({ vmId: z.number().int(), diskId: z.number().int() });
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** Images that can be a disk. */
const DISK_IMAGES: readonly string[] = ["OS", "DATABLOCK", "CDROM"];

/**
 * Add a disk to a VM that runs or is powered off. The DISK is in the template from now on, with ATTACH=YES until the disk
 * is there: so its image counts as used, and the hypervisor's driver finds the disk in the document, as in the reference.
 */
export async function requestDiskAttach(ctx: Ctx, raw: AttachDisk): Promise<{ actionId: number }> {
  const input = AttachDisk.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const vm = await readForOperation(tx, ctx, "disk-attach", input.vmId);
    requireState(vm, "attach", `Could not add a new disk to VM ${vm.id}`);
    const system = await requireDatastore(tx, vm.systemDatastoreId);
    const diskId = await freeDiskId(tx, vm);
    const vector = { ...(await newDisk(tx, ctx, input, diskId, system)), TARGET: chooseTarget(vm, input.target) };
    const template = withValues(vm.template, "DISK", [...vectors(vm.template, "DISK"), { ...vector, ATTACH: "YES" }]);
    await transitionVm(tx, vm, "attach", { template });
    const actionId = await enqueue(tx, {
      kind: "disk-attach",
      actor: ctx.actor,
      input: { vmId: vm.id, diskId },
      vmId: vm.id,
      vmName: vm.name,
      imageId: input.source.kind === "image" ? input.source.imageId : null,
      hostId: vm.hostId,
    });
    return { actionId };
  });
}

async function newDisk(
  tx: Tx,
  ctx: Ctx,
  { source }: AttachDisk,
  diskId: number,
  system: { tmMad: string },
): Promise<TemplateVector> {
  if (source.kind === "volatile") {
    const vector = { TYPE: "fs", SIZE: String(source.sizeMb), FORMAT: source.format };
    return placeDisk(vector, diskId, new Map(), { system });
  }
  await lockImage(tx, source.imageId);
  const image = await authorizeImage(tx, ctx.actor, "USE", source.imageId);
  await requireUnlocked(tx, "USE", image, { object: "image", id: image.id });
  if (!DISK_IMAGES.includes(image.type)) {
    throw appError("DISK_REFUSED", { message: `Image ${image.id} is of type ${image.type}: it cannot be a disk.` });
  }
  await transitionImage(tx, image, "use");
  return placeDisk({ IMAGE_ID: String(image.id) }, diskId, new Map([[image.id, image]]), { system });
}

/** Never an id that a restore point of this VM knows: `disk 1` of an old point must not come to mean another disk. */
async function freeDiskId(tx: Tx, vm: ParsedVm): Promise<number> {
  const [row] = await tx.$queryRaw<{ id: number | null }[]>`
    SELECT max(d) AS id FROM "Increment" n JOIN "Image" i ON i."id" = n."imageId", unnest(n."diskIds") d
    WHERE i."vmId" = ${vm.id}`;
  const context = vectors(vm.template, "CONTEXT").map((vector) => Number(vector["DISK_ID"] ?? "-1"));
  const used = [...readDisks(vm.template).map((disk) => disk.diskId), ...context, row?.id ?? -1];
  return Math.max(-1, ...used.filter((id) => Number.isInteger(id))) + 1;
}

function chooseTarget(vm: ParsedVm, asked: string | null): string {
  const taken = new Set([...vectors(vm.template, "DISK"), ...vectors(vm.template, "CONTEXT")].map((d) => d["TARGET"]));
  if (asked !== null) {
    if (taken.has(asked)) throw appError("DISK_REFUSED", { message: `${asked} is taken by another disk.` });
    return asked;
  }
  const free = [...LETTERS].map((letter) => `vd${letter}`).find((target) => !taken.has(target));
  if (free === undefined) throw appError("DISK_REFUSED", { message: "All targets from vda to vdz are taken." });
  return free;
}

export const diskAttachHandler: ActionHandler<null> = {
  async work(run) {
    const { vmId, diskId } = Input.parse(run.action.input);
    await run.progress.phase("copying");
    await run.step("make-disk", async () => {
      const site = await readSite(run.core.db, vmId);
      const { action, argv } = diskCommand(requireDisk(site.vm, diskId), diskPlace(site, diskId), vmId, site.systemId);
      await callTm(run, site, { action, argv });
      return null;
    });
    await run.step("attach", async () => {
      const site = await readSite(run.core.db, vmId);
      if (!site.isLive) return null;
      const { target, index, file } = deviceOf(site.vm, diskId, site.vmDir);
      const argv = [site.vm.deployId, file, target, index, "-", ...site.hypervisor];
      await callVmm(run, site, { action: "attach_disk", argv, document: await vmXml(run.core.db, site.vm) });
      return null;
    });
    return null;
  },

  async cleanUp(run, worked) {
    if (worked.ok) return;
    const { vmId, diskId } = Input.parse(run.action.input);
    await run.step("remove-disk", async () => {
      const site = await readSite(run.core.db, vmId);
      if (site.isLive) {
        const { target, index, file } = deviceOf(site.vm, diskId, site.vmDir);
        const argv = [site.vm.deployId, file, target, index, ...site.hypervisor];
        await callVmm(run, site, { action: "detach_disk", argv, isCleanUp: true });
      }
      const argv = [diskPlace(site, diskId), String(vmId), String(site.systemId)];
      await callTm(run, site, { action: "delete", argv, isCleanUp: true });
      return null;
    });
  },

  async record(tx, run, worked) {
    const { vmId, diskId } = Input.parse(run.action.input);
    if (!worked.ok) {
      await forgetAttach(tx, { vmId, diskId });
      return {};
    }
    let closes: string | null = null;
    await endOperation(tx, vmId, (vm) => {
      const disks = vectors(vm.template, "DISK").map((vector) => {
        const { ATTACH: _done, ...rest } = vector;
        return vector["DISK_ID"] === String(diskId) ? rest : vector;
      });
      const template = withValues(vm.template, "DISK", disks);
      const backupConfig = afterAttach(vm.backupConfig, template, diskId);
      if (backupConfig.incrementalBackupId !== vm.backupConfig.incrementalBackupId) closes = backupConfig.closedReason;
      return { template, backupConfig };
    });
    return { warnings: chainWarning(closes) };
  },
};

/** Take back what the request of an attach prepared: the disk leaves the template, its image is free again. */
export async function forgetAttach(tx: Tx, raw: unknown): Promise<void> {
  const { vmId, diskId } = Input.parse(raw);
  await endOperation(tx, vmId, async (vm) => {
    const isIt = (vector: TemplateVector) => vector["DISK_ID"] === String(diskId) && vector["ATTACH"] === "YES";
    const disks = vectors(vm.template, "DISK");
    const template = withValues(
      vm.template,
      "DISK",
      disks.filter((vector) => !isIt(vector)),
    );
    await releaseDiskImages(tx, { id: vmId, template }, disks.filter(isIt));
    return { template };
  });
}

/** Free the images of disks that left `vm` (its template without them), unless another disk of it has them too. */
export async function releaseDiskImages(
  tx: Tx,
  vm: Pick<ParsedVm, "id" | "template">,
  gone: readonly TemplateVector[],
): Promise<void> {
  const kept = new Set(vectors(vm.template, "DISK").map((vector) => vector["IMAGE_ID"]));
  const free = gone.filter((vector) => !kept.has(vector["IMAGE_ID"]));
  await releaseImages(tx, { id: vm.id, template: { DISK: [...free] } });
}

/** What the people who look at the run should know: the next backup will be a full one. */
export function chainWarning(closedReason: string | null): string[] {
  return closedReason === null ? [] : [`The open chain was closed: ${closedReason}. The next backup is a full one.`];
}

/** How the hypervisor's driver is told of a disk: its file, its device and the number of that. */
export function deviceOf(vm: ParsedVm, diskId: number, vmDir: string): { file: string; target: string; index: string } {
  const target = requireDisk(vm, diskId)["TARGET"] ?? "";
  return {
    file: `${vmDir}/disk.${diskId}`,
    target,
    index: String(Math.max(0, LETTERS.indexOf(target.slice(-1)))),
  };
}
