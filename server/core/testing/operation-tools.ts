/** How the operations of operations.ts come to what they need: a point, a guest that runs, a disk to take away. */
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActionKind } from "../../domain/action";
import { systemSnapshots } from "../../domain/system-snapshots";
import { readDisks } from "../../domain/vm-disks";
import { change } from "../../drivers/testing/disks";
import { planCatalogue } from "../datastore/catalogue-plan";
import { requestImageDelete } from "../image/commands";
import { requestRestore } from "../restore/request";
import { requestInstantiate } from "../template/commands";
import { requestDiskAttach } from "../vm/attach";
import { requestVmDelete } from "../vm/commands";
import { requestDiskDetach } from "../vm/detach";
import { requestDiskSnapshot, requestDiskSnapshotDelete } from "../vm/disk-snapshot";
import { requestPoweroff, requestStart } from "../vm/power";
import { type ParsedVm, parseVm } from "../vm/rows";
import { requestSystemSnapshot } from "../vm/system-snapshot";
import { ORPHAN, type Victim, type World } from "./fault-world";

let serial = 0;
export const fresh = (name: string): string => `${name}-${++serial}`;

export function expectThat(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

export async function readVm(world: World, { vmId }: Pick<Victim, "vmId">): Promise<ParsedVm> {
  return parseVm(await world.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
}

/** Some of the disk is other than it was. */
export async function write(victim: Victim): Promise<void> {
  serial += 1;
  await change(victim.disk, `write -P ${(serial % 250) + 1} ${serial % 28}M 1M`);
}

export async function newestPoint(world: World, victim: Victim) {
  return await world.db.increment.findFirstOrThrow({
    where: { image: { vmId: victim.vmId, type: "BACKUP", state: "READY" }, expiredAt: null, broken: null },
    orderBy: [{ imageId: "desc" }, { id: "desc" }],
  });
}

export async function aPoint(world: World, victim: Victim): Promise<void> {
  const found = await world.db.increment.count({ where: { image: { vmId: victim.vmId, state: "READY" } } });
  if (found === 0) await world.backup(victim);
}

export async function deleteVm(world: World, vmId: number): Promise<void> {
  await world.done((await requestVmDelete(world.ctx, vmId)).actionId);
}

export async function deleteImage(world: World, imageId: number): Promise<void> {
  await world.done((await requestImageDelete(world.ctx, imageId)).actionId);
}

export const place = { hostId: 0, systemDatastoreId: 0 };

export async function askRestore(world: World): Promise<number> {
  const point = await newestPoint(world, world.main);
  const name = fresh("restored");
  const { actionId } = await requestRestore(world.ctx, {
    imageId: point.imageId,
    incrementId: point.id,
    datastoreId: 1,
    name,
    network: "keep",
    diskIds: [],
    instantiate: { name, ...place },
  });
  return actionId;
}

/** A powered-off VM of a template, and of an image. */
export async function aTemplate(world: World): Promise<number> {
  const found = await world.db.vmTemplate.findFirst({ orderBy: { id: "desc" } });
  if (found !== null) return found.id;
  await aPoint(world, world.main);
  const row = await world.done(await askRestore(world));
  if (row.result.vmId != null) await deleteVm(world, row.result.vmId);
  return row.result.templateId ?? -1;
}

export async function askInstance(world: World): Promise<number> {
  const templateId = await aTemplate(world);
  return (await requestInstantiate(world.ctx, { templateId, name: fresh("instance"), ...place })).actionId;
}

export function systemFolder(world: World, vmId: number): string {
  return join(world.scene.config.datastoreLocation, "0", String(vmId));
}

/** The disk that was attached to the plain VM. */
export async function attached(world: World): Promise<number | null> {
  const disks = readDisks((await readVm(world, world.plain)).template);
  return disks.find((disk) => disk.diskId !== 0)?.diskId ?? null;
}

export const volatileDisk = (world: World, sizeMb = 8) => ({
  vmId: world.plain.vmId,
  source: { kind: "volatile" as const, sizeMb, format: "qcow2" as const },
  target: null,
});

export async function withAttached(world: World): Promise<void> {
  await poweredOff(world);
  if ((await attached(world)) === null)
    await world.done((await requestDiskAttach(world.ctx, volatileDisk(world))).actionId);
}

export async function withoutAttached(world: World): Promise<void> {
  await poweredOff(world);
  const diskId = await attached(world);
  if (diskId === null) return;
  await world.done((await requestDiskDetach(world.ctx, { vmId: world.plain.vmId, diskId })).actionId);
}

export async function poweredOff(world: World): Promise<void> {
  const { state, id } = await readVm(world, world.plain);
  if (state === "RUNNING") await world.done((await requestPoweroff(world.ctx, { vmId: id, isHard: true })).actionId);
}

export async function running(world: World): Promise<void> {
  const { state, id } = await readVm(world, world.plain);
  if (state === "POWEROFF") await world.done((await requestStart(world.ctx, id)).actionId);
}

export async function hasState(world: World, state: string): Promise<void> {
  const vm = await readVm(world, world.plain);
  expectThat(vm.state === state, `the VM is ${vm.state}, not ${state}`);
}

export async function diskSnapshots(world: World): Promise<number[]> {
  const { diskSnapshots: trees } = await readVm(world, world.plain);
  return (trees.find((tree) => tree.diskId === 0)?.snapshots ?? []).map((snapshot) => snapshot.id);
}

export async function aDiskSnapshot(world: World): Promise<void> {
  await poweredOff(world);
  if ((await diskSnapshots(world)).length > 0) return;
  await world.done((await requestDiskSnapshot(world.ctx, { vmId: world.plain.vmId, diskId: 0, name: "" })).actionId);
}

export async function noDiskSnapshot(world: World): Promise<void> {
  await poweredOff(world);
  for (const snapshotId of await diskSnapshots(world)) {
    await world.done(
      (await requestDiskSnapshotDelete(world.ctx, { vmId: world.plain.vmId, diskId: 0, snapshotId })).actionId,
    );
  }
}

export const diskSnapshotRef = async (world: World) => ({
  vmId: world.plain.vmId,
  diskId: 0,
  snapshotId: (await diskSnapshots(world))[0] ?? -1,
});

export async function systemSnapshotIds(world: World): Promise<number[]> {
  return systemSnapshots((await readVm(world, world.plain)).template).map((snapshot) => snapshot.id);
}

export async function aSystemSnapshot(world: World): Promise<void> {
  await running(world);
  if ((await systemSnapshotIds(world)).length > 0) return;
  await world.done((await requestSystemSnapshot(world.ctx, { vmId: world.plain.vmId, name: "" })).actionId);
}

export const systemSnapshotRef = async (world: World) => ({
  vmId: world.plain.vmId,
  snapshotId: (await systemSnapshotIds(world))[0] ?? -1,
});

/** What is removed as a leftover; always the same, because the run's steps are called by it. */
export const LEFTOVER_ID = "fa4170000000000000000000";

function orphanId(): string {
  serial += 1;
  return `fa417000${serial.toString(16).padStart(16, "0")}`;
}

/** Ids of what this file has put into the repository and belongs to nobody. */
export async function orphansIn(world: World): Promise<string[]> {
  const names = await readdir(join(world.repository, String(world.main.vmId))).catch(() => []);
  return [
    ...new Set(names.filter((name) => ORPHAN.test(name)).flatMap((name) => /[0-9a-f]{24}/.exec(name)?.[0] ?? [])),
  ];
}

/** A complete backup of the plain machine that is in no catalogue: a copy of one that is, under an id of its own. */
export async function unknownCopy(world: World, { source }: { source: string }): Promise<void> {
  const folder = join(world.repository, String(world.plain.vmId));
  const backupId = orphanId();
  await cp(join(folder, source), join(folder, backupId), { recursive: true, preserveTimestamps: true });
  const manifest = join(folder, backupId, "manifest.json");
  await writeFile(manifest, (await readFile(manifest, "utf8")).replace(source, backupId));
}

/** What of the plain machine can be read into the catalogue. */
export async function importable(world: World): Promise<{ vmId: number; jobId: number | null; key: string }[]> {
  const { vms } = await planCatalogue(world.ctx, world.datastoreId);
  return vms.flatMap(({ vmId, jobId, backups }) =>
    vmId === world.plain.vmId ? backups.map(({ key }) => ({ vmId, jobId, key })) : [],
  );
}

/** Wait, bounded, until the core has asked for a run of a kind by itself, or has died over what comes before. */
export async function newRunOf(world: World, kind: ActionKind, before: number | null): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const last = await world.lastOf(kind);
    if (last !== null && last !== before) return last;
    await world.ctx.core.clock.sleep(40);
  }
  throw new Error(`no ${kind} begins`);
}
