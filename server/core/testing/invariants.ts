import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PrismaClient } from "../../db/client";
import { Manifest } from "../../domain/backup";
import { chainUpTo, validateChain } from "../../domain/chain";
import { ACTION_STATES, type ActionState, IMAGE_STATES, isFinal, VM_STATES } from "../../domain/states";
import { vectors } from "../../domain/template";
import { readDisks } from "../../domain/vm-disks";
import { chainName, fileName, isSameContent, tool } from "../../drivers/testing/disks";
import { run } from "../../lib/process";
import type { CoreConfig } from "../core";
import { usersOfImage } from "../vm/images";
import { type ParsedVm, parseVm } from "../vm/rows";

/** What is looked at. All operations must have ended. */
export interface Scene {
  db: PrismaClient;
  config: Pick<CoreConfig, "home" | "datastoreLocation">;
  /** Holds every folder of the test: no program may work on anything below it. */
  dir: string;
  /** Folder of each rsync datastore by its id. Points elsewhere are only counted. */
  repositories: ReadonlyMap<number, string>;
  /** What the disks of the point that a run has made must be: disk id → file. Null: nobody kept it. */
  contentOf?(actionId: number): ReadonlyMap<number, string> | null;
  /** Names in a VM's folder of a repository that the test itself has put there, and that belong to nobody. */
  orphans?: RegExp;
  /** Points that were damaged on purpose are marked so, and not read. */
  mayBeBroken?: boolean;
}

export interface Checked {
  /** Points that read to their end through their chain; `compared` of them with what their disks were. */
  points: number;
  compared: number;
}

/** A remote guard ends a command within five seconds of its connection. */
const GONE_WITHIN_MS = 20_000;
const LOOK_MS = 100;
const CHECK_MS = 60_000;
/** Exit code of `qemu-img check`. */
const LEAKS_ONLY = 3;
/** VM states in which no operation is under way. */
const AT_REST = ["POWEROFF", "RUNNING", "UNKNOWN", "DONE", "PROLOG_FAILURE", "EPILOG_FAILURE"];
/** Names of what is unfinished: uploads, removals, merges, copies of images and disks, staging. */
const UNFINISHED = /^\.tmp-|^\.flatten-|\.part$|\.strata-|^backup$|\.overlay$|\.sock$/;

type Report = (problem: string) => void;

/**
 * The invariants I1 to I6 of docs/faults.md, on what really lies in the database, the repositories, the image datastores
 * and the folders of VMs.
 * @throws Error with every violation, a line each
 */
export async function assertInvariants(scene: Scene): Promise<Checked> {
  const problems: string[] = [];
  const report: Report = (problem) => problems.push(problem);
  await checkProcesses(scene, report);
  await checkRuns(scene, report);
  const vms = (await scene.db.vm.findMany({ orderBy: { id: "asc" } })).map(parseVm);
  for (const vm of vms) await checkVm(scene, vm, report);
  await checkImages(scene, report);
  await checkQuotas(scene, report);
  await checkRepositories(scene, report);
  for (const folder of ["work", "scratch"]) {
    for (const name of await namesIn(join(scene.config.home, folder))) {
      if (!(await isOpenSession(scene, name))) report(`I3: ${folder}/${name} is left`);
    }
  }
  const checked = await checkPoints(scene, report);
  if (problems.length > 0) throw new Error(`${problems.length} violations:\n  ${problems.join("\n  ")}`);
  return checked;
}

/** Files of a point that somebody has opened stay until they are closed, or nobody uses them. */
async function isOpenSession({ db }: Scene, name: string): Promise<boolean> {
  const id = /^files-(\d{1,10})$/.exec(name)?.[1];
  return id !== undefined && (await db.action.count({ where: { id: Number(id), state: "DONE" } })) > 0;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** I3: no helper program works on our folders. */
async function checkProcesses({ dir }: Scene, report: Report): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = await programsOn(dir);
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      for (const command of left) report(`I3: a program is left: ${command.slice(0, 300)}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function programsOn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
    if (command.includes(dir)) found.push(`${pid} ${command}`);
  }
  return found;
}

/** I2: each run is in exactly one state, all have ended, and no two have made the same point. */
async function checkRuns({ db }: Scene, report: Report): Promise<void> {
  for (const { id, kind, state, endedAt, error } of await db.action.findMany({ orderBy: { id: "asc" } })) {
    const name = `run ${id} (${kind})`;
    if (!(ACTION_STATES as readonly string[]).includes(state)) report(`I2: ${name} is in no state: ${state}`);
    else if (!isFinal(state as ActionState)) report(`I2: ${name} is still ${state}`);
    else if (endedAt === null) report(`I2: ${name} ended ${state} at no time`);
    if (state === "FAILED" && (error ?? "") === "") report(`I2: ${name} failed and does not say why`);
  }
  const made = await db.increment.groupBy({ by: ["actionId"], where: { actionId: { not: null } }, _count: true });
  for (const { actionId, _count } of made) if (_count > 1) report(`I2: run ${actionId} has made ${_count} points`);
  const sources = await db.increment.groupBy({ by: ["source"], _count: true });
  for (const { source, _count } of sources) if (_count > 1) report(`I2: ${_count} points are in folder ${source}`);
}

/** I2, I3, I4: at rest, its chain pointers true, its folder holds its disks and nothing else, each whole. */
async function checkVm(scene: Scene, vm: ParsedVm, report: Report): Promise<void> {
  const { db, config } = scene;
  const say: Report = (problem) => report(`${problem.slice(0, 2)}: VM ${vm.id}${problem.slice(2)}`);
  if (!(vm.state in VM_STATES)) say(`I2 is in no state: ${vm.state}`);
  else if (!AT_REST.includes(vm.state)) say(`I4 is held in ${vm.state}`);
  const { backupConfig } = vm;
  if (backupConfig.activeFlatten) say("I2 says that its chain is being merged");
  if (backupConfig.lastBackupId !== null) say(`I2 still has the backup ${backupConfig.lastBackupId} under way`);
  if (vm.state !== "DONE" && backupConfig.incrementalBackupId !== -1) {
    const last = await db.increment.findFirst({
      where: { imageId: backupConfig.incrementalBackupId, image: { vmId: vm.id } },
      orderBy: { id: "desc" },
    });
    if (last?.id !== backupConfig.lastIncrementId) {
      say(
        `I1 goes on after increment ${backupConfig.lastIncrementId}, but the chain ends with ${last?.id ?? "nothing"}`,
      );
    }
  }
  if (vectors(vm.template, "DISK").some((disk) => disk["ATTACH"] === "YES"))
    say("I2 has a disk that is being attached");

  const folder = join(config.datastoreLocation, String(vm.systemDatastoreId), String(vm.id));
  const names = await namesIn(folder);
  for (const name of names.filter((each) => UNFINISHED.test(each))) say(`I3 has ${name} in its folder`);
  const disks = vm.state === "DONE" || vm.state === "PROLOG_FAILURE" ? [] : readDisks(vm.template);
  if (vm.state === "DONE" && names.length > 0) say(`I3 is gone and its folder is not: ${names.join(", ")}`);
  if (vm.state === "EPILOG_FAILURE") return; // half deleted, and to be deleted again
  for (const name of names.filter((each) => /^disk\.\d+$/.test(each))) {
    if (!disks.some((disk) => `disk.${disk.diskId}` === name)) say(`I3 has the file ${name} of no disk`);
  }
  for (const { diskId, format } of disks)
    await checkDisk(scene, vm, join(folder, `disk.${diskId}`), { diskId, format }, say);
}

/** I4: the disk is whole, stands on no overlay of ours, and has the snapshots that the row has. */
async function checkDisk(
  { db }: Scene,
  vm: ParsedVm,
  file: string,
  { diskId, format }: { diskId: number; format: string },
  say: Report,
): Promise<void> {
  if (!(await isThere(file))) return say(`I4 has no file of disk ${diskId}`);
  if (format !== "qcow2" || vm.state === "RUNNING") return;
  const info = JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(file))) as {
    snapshots?: { name: string }[];
    "full-backing-filename"?: string;
  };
  const backing = info["full-backing-filename"];
  if (backing !== undefined && !(await isThere(backing)))
    say(`I4 has disk ${diskId} on ${backing}, which is not there`);
  const damage = await damageOf(file);
  if (damage !== null) say(`I4 has a damaged disk ${diskId}: ${damage}`);
  const inFile = (info.snapshots ?? []).map((snapshot) => snapshot.name);
  const inRow = (vm.diskSnapshots.find((tree) => tree.diskId === diskId)?.snapshots ?? []).map(
    (each) => `one-snap-${each.id}`,
  );
  for (const name of inFile) if (!inRow.includes(name)) say(`I3 has the unknown snapshot ${name} in disk ${diskId}`);
  const missing = inRow.filter((name) => !inFile.includes(name));
  // The answer of a delete that was lost: it is still listed, and can be deleted again.
  const lost = await db.action.count({
    where: { vmId: vm.id, kind: "disk-snapshot-delete", state: { in: ["FAILED", "CANCELLED"] } },
  });
  if (missing.length > lost) say(`I1 lists ${missing.join(", ")}, which disk ${diskId} does not have`);
}

/** What qemu-img finds wrong, null when nothing is. Clusters that nothing refers to take space and harm nobody. */
async function damageOf(file: string): Promise<string | null> {
  const checked = await run(["qemu-img", "check", "-q", fileName(file)], { timeoutMs: CHECK_MS });
  return checked.exitCode === 0 || checked.exitCode === LEAKS_ONLY ? null : checked.stderr.slice(-300);
}

/** I2, I3, I6: no image is locked, used ones are used, sizes are the sum of their points, files belong to rows. */
async function checkImages({ db, config }: Scene, report: Report): Promise<void> {
  const images = await db.image.findMany({
    include: { increments: { select: { sizeMb: true } }, datastore: { select: { type: true, diskType: true } } },
  });
  for (const { id, state, type, sizeMb, source, increments, datastore } of images) {
    if (!(state in IMAGE_STATES)) report(`I2: image ${id} is in no state: ${state}`);
    else if (["LOCKED", "DELETE", "INIT"].includes(state)) report(`I2: image ${id} is held in ${state}`);
    if (type === "BACKUP") {
      const sum = increments.reduce((total, point) => total + point.sizeMb, 0);
      if (sum !== sizeMb) report(`I6: backup ${id} counts ${sizeMb} MiB, its points have ${sum}`);
      continue;
    }
    const users = await usersOfImage(db, id, null);
    if (users.length > 0 !== (state === "USED")) report(`I2: image ${id} is ${state}, used by ${users.length} VMs`);
    if (datastore.diskType === "FILE" && (state === "READY" || state === "USED") && !(await isThere(source))) {
      report(`I1: image ${id} is ${state}, but its file is not there`);
    }
  }
  const sources = new Set(images.map((image) => image.source));
  for (const { id, basePath } of await db.datastore.findMany({ where: { type: "IMAGE", diskType: "FILE" } })) {
    if (!basePath.startsWith(config.datastoreLocation)) continue;
    for (const name of await namesIn(basePath)) {
      if (!sources.has(join(basePath, name))) report(`I3: ${name} in image datastore ${id} is of no image`);
    }
  }
}

/** I6: what users and groups have used is what their images have. */
async function checkQuotas({ db }: Scene, report: Report): Promise<void> {
  const images = await db.image.findMany({ select: { uid: true, gid: true, datastoreId: true, sizeMb: true } });
  const sums = new Map<string, { sizeMb: number; images: number }>();
  for (const { uid, gid, datastoreId, sizeMb } of images) {
    for (const [subject, subjectId] of [["user", uid] as const, ["group", gid] as const]) {
      if (subjectId === 0) continue; // not accounted
      const key = `${subject} ${subjectId} on datastore ${datastoreId}`;
      const sum = sums.get(key) ?? { sizeMb: 0, images: 0 };
      sums.set(key, { sizeMb: sum.sizeMb + sizeMb, images: sum.images + 1 });
    }
  }
  for (const row of await db.datastoreQuota.findMany()) {
    const key = `${row.subject} ${row.subjectId} on datastore ${row.datastoreId}`;
    const { sizeMb, images: count } = sums.get(key) ?? { sizeMb: 0, images: 0 };
    sums.delete(key);
    if (row.sizeUsedMb !== sizeMb) report(`I6: ${key}: ${row.sizeUsedMb} MiB counted, ${sizeMb} stored`);
    if (row.imagesUsed !== count) report(`I6: ${key}: ${row.imagesUsed} images counted, ${count} there`);
  }
  for (const [key, { sizeMb }] of sums) report(`I6: ${key}: nothing counted, ${sizeMb} MiB stored`);
}

/** I3, I5: what lies in a repository has a row, or is known to belong to nobody. */
async function checkRepositories({ db, repositories, orphans }: Scene, report: Report): Promise<void> {
  const points = await db.increment.findMany({
    select: { source: true, expiredAt: true, image: { select: { vmId: true } } },
  });
  const merging = new Set(points.filter((point) => point.expiredAt !== null).map((point) => String(point.image.vmId)));
  const recorded = new Set(points.map((point) => `${point.image.vmId}/${point.source}`));
  for (const [datastoreId, base] of repositories) {
    for (const vm of (await namesIn(base)).filter((name) => name !== ".repo-id" && name !== "lost+found")) {
      for (const name of await namesIn(join(base, vm))) {
        const key = `${vm}/${name}`;
        // The journal of a merge that has stopped half-way: the next one goes on with it.
        if (name.startsWith(".flatten-") && merging.has(vm)) continue;
        if (!recorded.has(key) && orphans?.test(name) !== true)
          report(`I3: datastore ${datastoreId} has ${key}, which nobody knows`);
      }
    }
  }
}

/** I1, I5: every point that is listed reads through its chain, and gives what the disks were. */
async function checkPoints(scene: Scene, report: Report): Promise<Checked> {
  const checked = { points: 0, compared: 0 };
  const images = await scene.db.image.findMany({
    where: { type: "BACKUP", state: "READY", datastoreId: { in: [...scene.repositories.keys()] } },
    include: { increments: { orderBy: { id: "asc" } } },
  });
  for (const image of images) {
    const points = image.increments.map((point) => ({
      ...point,
      incrementId: point.id,
      type: point.type === "FULL" ? ("FULL" as const) : ("INCREMENT" as const),
      manifest: point.manifest === null ? null : Manifest.parse(point.manifest),
    }));
    const gap = validateChain(points);
    if (gap !== null) report(`I1: backup ${image.id}: ${gap}`);
    for (const point of points) {
      const name = `increment ${point.id} of backup ${image.id}`;
      // What a merge was stopped at is to be merged again: it is not restorable, and nobody says it is.
      if (point.expiredAt !== null) continue;
      if (point.broken !== null) {
        if (scene.mayBeBroken !== true) report(`I1: ${name} is marked as damaged: ${point.broken}`);
        continue;
      }
      const chain = chainUpTo(points, point.id);
      const folder = join(scene.repositories.get(image.datastoreId) ?? "", String(image.vmId));
      const expected = point.actionId === null ? null : (scene.contentOf?.(point.actionId) ?? null);
      const problem = await readPoint(folder, chain, point.diskIds, expected).catch((error: Error) => error.message);
      if (problem !== null) report(`I1: ${name}: ${problem.slice(0, 500)}`);
      checked.points += 1;
      if (expected !== null) checked.compared += 1;
    }
  }
  return checked;
}

interface Stored {
  source: string;
  id: number;
  manifest: Manifest | null;
}

/** Why a point does not give its disks, null when it does. */
async function readPoint(
  folder: string,
  chain: readonly Stored[],
  diskIds: readonly number[],
  expected: ReadonlyMap<number, string> | null,
): Promise<string | null> {
  for (const diskId of diskIds) {
    const files: string[] = [];
    for (const { source, id, manifest } of chain) {
      const named = manifest?.disks.find((disk) => disk.id === diskId);
      const file = join(folder, source, named?.file ?? `disk.${diskId}.${id}`);
      const { size } = await stat(file);
      if (named !== undefined && manifest?.isMerging !== true && size !== named.bytes) {
        return `${file} has ${size} bytes, recorded were ${named.bytes}`;
      }
      files.push(file);
    }
    const disk = chainName(files);
    if (expected === null) {
      const damage = await damageOf(files.at(-1) ?? "");
      if (damage !== null) return damage;
      continue;
    }
    const content = expected.get(diskId);
    if (content === undefined) return `disk ${diskId} is stored, and the VM did not have it`;
    if (!(await isSameContent(disk, fileName(content)))) return `disk ${diskId} is not what it was`;
  }
  return null;
}
