/** A stored chain of a full and increments, made by the drivers once, and the documents that name it. */
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type Bench, type BenchVm, bash, datastoreXml, makeVm, preBackup, storedFiles, upload } from "./contestants";
import { applyChanges, makeRandomDisk } from "./fixture";

export const LONGEST_CHAIN = 20;
/** Each increment of the chain; 1 % is 1310 extents of a disk of 8 GiB. */
const CHAIN_SHARE = 0.01;
const IMAGE_ID = 9;

export interface StoredChain {
  vm: BenchVm;
  ids: string[];
  /** Copies of the stored files that the reference's way may rebase. */
  copies: string[];
}

/** The disk that most cases begin with; made once. */
export async function baseDisk(bench: Bench): Promise<string> {
  const file = path.join(bench.dir, "base.qcow2");
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeRandomDisk(file, bench.size);
  return file;
}

let made: Promise<StoredChain> | null = null;

/** A full and 20 increments; shared by all cases that read a chain. */
export async function storedChain(bench: Bench): Promise<StoredChain> {
  made ??= makeStoredChain(bench);
  return await made;
}

async function makeStoredChain(bench: Bench): Promise<StoredChain> {
  const vm = await makeVm(bench, 4);
  await copyFile(await baseDisk(bench), vm.disk);
  const ids: string[] = [];
  for (let point = 0; point <= LONGEST_CHAIN; point += 1) {
    if (point > 0) {
      const changes = { share: CHAIN_SHARE, isContiguous: false, shift: point };
      await applyChanges(vm.disk, bench.size.virtualSize, changes);
    }
    await preBackup(bench, vm, point - 1).run();
    ids.push(await upload(bench, vm, point - 1, "localhost"));
    await rm(path.join(vm.vmDir, "backup"), { recursive: true });
  }
  const files = storedFiles(vm, ids);
  const folder = path.join(bench.dir, "upstream-chain");
  await mkdir(folder);
  const copies = files.map((_, index) => path.join(folder, String(index)));
  for (const [index, file] of files.entries()) await copyFile(file, copies[index] ?? "");
  return { vm, ids, copies };
}

/** The first `points` of the chain in a repository of their own, which may be changed. */
export async function copyRepository(bench: Bench, points: number): Promise<{ vm: BenchVm; ids: string[] }> {
  const { vm, ids } = await storedChain(bench);
  const copy = { ...vm, repository: path.join(bench.dir, `repository-copy`) };
  await bash(
    'rm -rf "$1"; mkdir -p "$1/$3"; for id in "${@:4}"; do cp -a "$2/$3/$id" "$1/$3/$id"; done; sync -f "$1"',
    [copy.repository, vm.repository, String(vm.vmId), ...ids.slice(0, points)],
  );
  return { vm: copy, ids: ids.slice(0, points) };
}

/** IMAGE and DATASTORE of the chain, as the core sends them; `extra` is more of the document. */
export function chainDocument(vm: BenchVm, ids: readonly string[], extra = ""): string {
  const increments = ids.map(
    (id, index) =>
      `<INCREMENT><ID>${index}</ID><PARENT_ID>${index - 1}</PARENT_ID><SOURCE>${id}</SOURCE><TYPE>${index === 0 ? "FULL" : "INCREMENT"}</TYPE></INCREMENT>`,
  );
  const image = `<IMAGE><ID>${IMAGE_ID}</ID><SOURCE>${ids[0] ?? ""}</SOURCE><VMS><ID>${vm.vmId}</ID></VMS><BACKUP_INCREMENTS>${increments.join("")}</BACKUP_INCREMENTS></IMAGE>`;
  return `<DS_DRIVER_ACTION_DATA>${image}${datastoreXml(vm, "localhost")}${extra}</DS_DRIVER_ACTION_DATA>`;
}
