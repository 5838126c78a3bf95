import { join } from "node:path";
import type { Prisma } from "../../db/client";
import type { Tx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { UNCONFIGURED } from "../../domain/backup-config";
import { appError } from "../../domain/errors";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import { type Template, type TemplateVector, vectors, withValues } from "../../domain/template";
import type { Run } from "../action/handler";
import { requireRight, requireUnlocked } from "../authorize";
import { vmXml } from "../documents";
import { appendEvent } from "../event/append";
import { leaseNics } from "../network/lease";
import { transitionVm } from "../transition";
import { cephAttributes, requireSamePlace, withoutCeph } from "./ceph";
import { useImages } from "./images";
import { historyRow, newMac } from "./register";
import { parseVm } from "./rows";

/** What belongs to TEMPLATE, not to USER_TEMPLATE: the machine itself. */
export const MAIN_SECTIONS: readonly string[] = [
  "CPU",
  "VCPU",
  "MEMORY",
  "DISK",
  "NIC",
  "NIC_ALIAS",
  "OS",
  "GRAPHICS",
  "CONTEXT",
  "FEATURES",
  "PCI",
  "TOPOLOGY",
  "NUMA_NODE",
  "INPUT",
  "VIDEO",
  "TPM",
  "RAW",
  "NIC_DEFAULT",
  "EMULATOR",
];

export interface Placement {
  actor: Actor;
  vmId: number;
  name: string;
  template: Template;
  templateId: number | null;
  host: { id: number; name: string };
  system: { id: number; tmMad: string; basePath: string; template: unknown };
  /** An address that another VM has: refused, or replaced by a free one with a warning (a restore goes on). */
  onTakenAddress: "refuse" | "replace";
}

/**
 * The row of a VM made from a template, in PROLOG: its disks are planned and not made yet. Images of the template are
 * marked as used, and addresses leased, in the same transaction. Answers with warnings.
 */
export async function createPlacedVm(tx: Tx, at: Placement): Promise<string[]> {
  const images = await readImages(tx, at);
  const disks = vectors(at.template, "DISK").map((vector, diskId) => placeDisk(vector, diskId, images, at));
  const leased = await leaseNics(tx, {
    actor: at.actor,
    vmId: at.vmId,
    nics: vectors(at.template, "NIC"),
    onTaken: at.onTakenAddress,
  });
  const nics = leased.nics.map((nic, nicId) => ({ ...nic, NIC_ID: String(nicId), MAC: nic["MAC"] ?? newMac() }));
  const main: Template = {};
  const user: Template = {};
  for (const [name, values] of Object.entries(at.template)) (MAIN_SECTIONS.includes(name) ? main : user)[name] = values;
  let template = withValues(withValues(main, "DISK", disks), "NIC", nics);
  template = { ...template, TM_MAD_SYSTEM: [at.system.tmMad], VMID: [String(at.vmId)] };
  if (at.templateId !== null) template["TEMPLATE_ID"] = [String(at.templateId)];
  await tx.vm.create({
    data: {
      id: at.vmId,
      uid: at.actor.userId,
      gid: at.actor.groupIds[0] ?? 0,
      name: at.name,
      permissions: DEFAULT_PERMISSIONS,
      state: "INIT",
      hostId: at.host.id,
      systemDatastoreId: at.system.id,
      deployId: `one-${at.vmId}`,
      template,
      userTemplate: user,
      backupConfig: UNCONFIGURED,
      history: { create: historyRow(at, 0) },
    },
  });
  await appendEvent(tx, { topic: "vm", objectId: at.vmId, type: "created" });
  await transitionVm(tx, { id: at.vmId, state: "INIT" }, "instantiate");
  await useImages(tx, { template });
  return leased.warnings;
}

/** An image with the template of its datastore; without it, a disk in Ceph is as those of the system datastore. */
export type PlacedImage = Prisma.ImageModel & { datastore?: Pick<Prisma.DatastoreModel, "template"> };

async function readImages(tx: Tx, at: Placement): Promise<Map<number, PlacedImage>> {
  const ids = vectors(at.template, "DISK").flatMap((disk) =>
    disk["IMAGE_ID"] === undefined ? [] : [Number(disk["IMAGE_ID"])],
  );
  const datastore = { select: { name: true, diskType: true, template: true } };
  const images = await tx.image.findMany({ where: { id: { in: ids } }, include: { datastore } });
  for (const id of ids) {
    const image = images.find((one) => one.id === id);
    if (image === undefined) throw appError("NOT_FOUND", { object: "image", id });
    requireRight(at.actor, "USE", image, { object: "image", id });
    await requireUnlocked(tx, "USE", image, { object: "image", id });
    if (image.state !== "READY" && image.state !== "USED") {
      throw appError("IMAGE_WRONG_STATE", { imageId: id, state: image.state, event: "use" });
    }
    requireSamePlace(image.datastore, at.system);
  }
  return new Map(images.map((image) => [image.id, image]));
}

/** The DISK vector of a VM for one of a template: of an image a clone, else a volatile disk. */
export function placeDisk(
  vector: TemplateVector,
  diskId: number,
  images: ReadonlyMap<number, PlacedImage>,
  at: { system: { tmMad: string; template?: unknown } },
): TemplateVector {
  const common = {
    ...withoutCeph(vector),
    DISK_ID: String(diskId),
    TARGET: vector["TARGET"] ?? `vd${String.fromCharCode(97 + (diskId % 26))}`,
    TM_MAD: at.system.tmMad,
  };
  const image = vector["IMAGE_ID"] === undefined ? undefined : images.get(Number(vector["IMAGE_ID"]));
  if (image === undefined) {
    const isCeph = at.system.tmMad === "ceph";
    const isRaw = isCeph || vector["TYPE"]?.toLowerCase() === "swap";
    const format = isRaw ? "raw" : (vector["FORMAT"] ?? "qcow2").toLowerCase();
    const ceph = isCeph ? cephAttributes(at.system.template) : {};
    return { ...common, ...ceph, TYPE: vector["TYPE"] ?? "fs", SIZE: vector["SIZE"] ?? "1024", FORMAT: format };
  }
  const isCeph = image.diskType === "RBD";
  return {
    ...common,
    ...(isCeph ? cephAttributes(image.datastore?.template ?? at.system.template) : {}),
    IMAGE: image.name,
    IMAGE_ID: String(image.id),
    DATASTORE_ID: String(image.datastoreId),
    SOURCE: image.source,
    FORMAT: image.format,
    SIZE: String(image.sizeMb),
    TYPE: `${isCeph ? "RBD" : "FILE"}${image.type === "CDROM" ? "_CDROM" : ""}`.replace("FILE_CDROM", "CDROM"),
    CLONE: "YES",
    SAVE: "NO",
  };
}

/** Make the disks of a VM in PROLOG, one durable step each, so that a crash repeats one disk and not all. */
export async function makeDisks(run: Run, vmId: number): Promise<void> {
  const disks = await run.step("disks", async () => {
    const vm = parseVm(await run.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
    const host = await run.core.db.host.findUniqueOrThrow({ where: { id: vm.hostId } });
    const system = await run.core.db.datastore.findUniqueOrThrow({ where: { id: vm.systemDatastoreId } });
    return vectors(vm.template, "DISK").map((disk) => ({
      diskId: Number(disk["DISK_ID"]),
      tmMad: system.tmMad,
      ...diskCommand(
        disk,
        `${host.name}:${join(system.basePath, String(vmId), `disk.${disk["DISK_ID"] ?? ""}`)}`,
        vmId,
        system.id,
      ),
    }));
  });
  for (const disk of disks) {
    await run.step(`disk-${disk.diskId}`, async () => {
      const vm = parseVm(await run.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
      await run.core.drivers.call({
        family: "tm",
        driver: disk.tmMad,
        action: disk.action,
        argv: disk.argv,
        document: await vmXml(run.core.db, vm),
        signal: run.signal,
        onLog: run.log.add,
        onProgress: run.progress.bytes,
      });
      return null;
    });
  }
}

/** The tm action that makes a disk at `target` (`<host>:<vm_dir>/disk.<n>`), and its arguments. */
export function diskCommand(
  disk: TemplateVector,
  target: string,
  vmId: number,
  systemId: number,
): { action: string; argv: string[] } {
  if (disk["IMAGE_ID"] === undefined) {
    return {
      action: "mkimage",
      argv: [disk["SIZE"] ?? "1024", disk["FORMAT"] ?? "qcow2", target, String(vmId), String(systemId)],
    };
  }
  const action = disk["PERSISTENT"] === "YES" ? "ln" : "clone";
  return { action, argv: [`localhost:${disk["SOURCE"] ?? ""}`, target, String(vmId), disk["DATASTORE_ID"] ?? "0"] };
}

/** Remove the folder of a VM whose disks could not be made. */
export async function removeDisks(run: Run, vmId: number): Promise<void> {
  await run.step("remove-disks", async () => {
    const vm = await run.core.db.vm.findUnique({ where: { id: vmId } });
    if (vm === null) return null;
    const host = await run.core.db.host.findUniqueOrThrow({ where: { id: vm.hostId } });
    const system = await run.core.db.datastore.findUniqueOrThrow({ where: { id: vm.systemDatastoreId } });
    await run.core.drivers.call({
      family: "tm",
      driver: system.tmMad,
      action: "delete",
      argv: [`${host.name}:${join(system.basePath, String(vmId))}`, String(vmId), String(system.id)],
      document: await vmXml(run.core.db, parseVm(vm)),
      signal: AbortSignal.timeout(600_000),
      onLog: run.log.add,
    });
    return null;
  });
}
