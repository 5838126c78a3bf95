import type { Manifest } from "../../../domain/backup";
import type { PointFinding, VerifyAnswer } from "../../../domain/verification";
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../../action";
import { runGuarded } from "../../remote";
import { parseXml } from "../../xml";
import { cutChain, parseBackupImage } from "../rsync/backup-image";
import { parseIncrement } from "../rsync/increment-argument";
import { DISK_FILE, STORED_FILE } from "../rsync/stored";
import type { ChainPoint } from "../rsync/url";
import { checkHeaders, extractFile } from "./extract";
import { checkBase, waiting } from "./open";
import { placeHere, type ResticPlace } from "./place";
import { parseResticDatastore, type ResticDatastore } from "./repository";
import type { ResticOptions } from "./restic";
import { type Scratch, withScratch } from "./scratch";
import { listFiles, listSnapshots, pathIn, readManifestOf, type Snapshot, snapshotOf } from "./snapshots";

interface Verify {
  datastore: ResticDatastore;
  place: ResticPlace;
  options: ResticOptions;
  scratch: Scratch;
  log: DriverLog;
  signal: AbortSignal;
}

/** What a point holds, as far as it can be told without reading it. */
interface Listed {
  point: ChainPoint;
  snapshot: Snapshot | undefined;
  manifest: Manifest | null;
  files: { name: string; path: string; bytes: number }[];
  problem: string | null;
}

/** $1 file. Its tables must be those of a qcow2 file that can be opened; its backing file is left out. */
const CHECK = `qemu-img check -q -- "$1"`;

/**
 * `verify -i <increment id or -1>`: read every stored file of the chain up to that point to its end, one after the other.
 * Damage is an answer; the action fails only when it could not look.
 */
export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const incrementId = parseIncrement("verify", argv);
    const document = parseXml(xml);
    const datastore = parseResticDatastore(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const chain = cutChain(image.chain, incrementId);
    if (chain.length === 0) throw new DriverError("The image has no stored backup.");
    await checkBase(datastore, signal);
    const owner = { vmId: image.vmId, jobId: image.jobId };
    const place = placeHere(datastore, owner);
    const options = waiting(datastore, place, owner, signal, log);
    const snapshots = await listSnapshots(datastore, place, image.vmId, options);
    if (snapshots === null) throw new DriverError(`The repository ${place.repository} is not there.`);
    return await withScratch({ host: "localhost" }, "host", datastore.tmpDir, signal, async (scratch) => {
      const verify: Verify = { datastore, place, options, scratch, log, signal };
      const listed: Listed[] = [];
      for (const point of chain) listed.push(await listPoint(verify, snapshots, point));
      const total = listed.flatMap((each) => each.files).reduce((sum, file) => sum + file.bytes, 0);
      log.progress(0, total);
      const points: PointFinding[] = [];
      let before = 0;
      for (const [index, each] of listed.entries()) {
        points.push(await readPoint(verify, each, index === 0, (done) => log.progress(before + done, total)));
        before += each.files.reduce((sum, file) => sum + file.bytes, 0);
      }
      return JSON.stringify({ points } satisfies VerifyAnswer);
    });
  },
});

async function listPoint(verify: Verify, snapshots: readonly Snapshot[], point: ChainPoint): Promise<Listed> {
  const { datastore, place, options, signal } = verify;
  const snapshot = snapshotOf(snapshots, point.backupId);
  const nothing: Listed = { point, snapshot, manifest: null, files: [], problem: null };
  if (snapshot === undefined) return { ...nothing, problem: "Its snapshot is no longer in the repository." };
  try {
    const manifest = await readManifestOf(datastore, place, snapshot, options);
    const lengths = await listFiles(datastore, place, snapshot, options);
    const files = [...lengths].flatMap(([name, bytes]) => {
      const path = pathIn(snapshot, name);
      return path === undefined || !STORED_FILE.test(name) ? [] : [{ name, path, bytes }];
    });
    return { ...nothing, manifest, files };
  } catch (error) {
    throwIfCancelled(signal);
    return { ...nothing, problem: reasonOf(error) };
  }
}

async function readPoint(
  verify: Verify,
  { point, snapshot, manifest, files, problem: listing }: Listed,
  isFirst: boolean,
  onProgress: (done: number) => void,
): Promise<PointFinding> {
  const { scratch, signal, log } = verify;
  const read: PointFinding["files"] = [];
  let problem = listing;
  let before = 0;
  for (const { name, path, bytes } of files) {
    throwIfCancelled(signal);
    const target = `${scratch.dir}/${name}`;
    try {
      if (snapshot === undefined) continue;
      if (scratch.free < bytes) throw new DriverError(`${verify.datastore.tmpDir} has no space for ${name}.`);
      const file = { backupId: point.backupId, snapshot, path, known: null };
      const sha256 = await extractFile(verify.datastore, verify.place, file, target, verify.options, (done) =>
        onProgress(before + Math.min(done, bytes)),
      );
      read.push({ name, bytes, sha256 });
      const expected =
        name === "vm.xml" ? manifest?.vmXmlSha256 : manifest?.disks.find((disk) => disk.file === name)?.sha256;
      if (expected !== undefined && expected !== sha256) {
        problem ??= `${name} is damaged: its checksum is not the one it was stored with.`;
      }
      if (DISK_FILE.test(name)) await checkDisk(verify, target, isFirst);
    } catch (error) {
      throwIfCancelled(signal);
      problem ??= reasonOf(error);
    }
    await remove(verify, target);
    before += bytes;
    onProgress(before);
  }
  const missing = manifest?.disks.find((disk) => !read.some((file) => file.name === disk.file));
  if (missing !== undefined) problem ??= `${missing.file} is missing.`;
  if (problem === null) log.info(`Increment ${point.incrementId}: ${read.length} files, all as stored`);
  else log.warn(`Increment ${point.incrementId}: ${problem}`);
  return { incrementId: point.incrementId, backupId: point.backupId, problem, files: read };
}

async function checkDisk({ scratch, signal }: Verify, file: string, isFirst: boolean): Promise<void> {
  await checkHeaders(scratch, [file], signal, isFirst);
  const node = { driver: "qcow2", file: { driver: "file", filename: file, "read-only": true }, backing: null };
  const words = [`json:${JSON.stringify(node)}`];
  await runGuarded(scratch.machine, scratch.role, `check the tables of ${file}`, CHECK, words, { signal });
}

async function remove({ scratch, signal }: Verify, file: string): Promise<void> {
  await runGuarded(scratch.machine, scratch.role, `remove ${file}`, 'rm -f -- "$1"', [file], { signal });
}

function reasonOf(error: unknown): string {
  if (error instanceof DriverError) return error.message.slice(0, 1000);
  throw error;
}
