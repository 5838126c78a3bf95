/**
 * `increment_flatten <image id>`: merge the points beyond KEEP_LAST into the oldest that stays. Each step can be
 * interrupted and repeated, and none makes a point that stays unreadable; docs/drivers.md has the table.
 */
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../../action";
import { inspectChain } from "../../downloader/chain";
import { parseXml } from "../../xml";
import { parseBackupImage } from "./backup-image";
import { type FlattenJournal, readJournal, removeJournal, writeJournal, writeStored } from "./flatten-journal";
import { type MergedFile, mergeDisk, mergedManifest, placeMerged, verifyMerged } from "./flatten-merge";
import { numericId, parseRepository, type Repository, toMib } from "./repository";
import { runInRepository } from "./run-in-repository";
import { DISK_FILE, readPoint, type StoredPoint } from "./stored";
import { type ChainPoint, pointDir } from "./url";

interface Flatten {
  repository: Repository;
  vmId: number;
  imageId: number;
  /** Oldest first. */
  chain: ChainPoint[];
  keepLast: number;
  signal: AbortSignal;
  log: DriverLog;
}

export const action = defineAction({
  stdin: "base64",
  async run({ argv, xml, signal, log }) {
    const document = parseXml(xml);
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const keepLast = numericId("KEEP_LAST", document.text("EXTRA_DATA/KEEP_LAST"));
    if (keepLast < 1 || argv.length !== 1) throw new DriverError("Usage: increment_flatten <image id>, KEEP_LAST >= 1");
    const input: Flatten = {
      repository: parseRepository(document.first("DATASTORE")),
      vmId: image.vmId,
      imageId: numericId("The image id", argv[0] ?? ""),
      chain: image.chain,
      keepLast,
      signal,
      log,
    };
    if (input.chain.length <= keepLast) return "";
    return await flatten(input);
  },
});

async function flatten(input: Flatten): Promise<string> {
  const { chain, keepLast, repository, imageId } = input;
  const found = await readJournal(repository, input.vmId, imageId, input.signal);
  const journal = found?.state === "placing" ? await finish(input, found) : found;
  // The database may not know yet what an earlier call has merged.
  const at = journal?.state === "done" ? indexOf(chain, journal.result) : -1;
  const rest = at === -1 ? chain : chain.slice(at);
  if (journal !== null && journal.state === "done" && at > 0 && rest.length <= keepLast) {
    return await answer(input, rest);
  }
  const count = rest.length - keepLast + 1;
  const [result] = rest.slice(count - 1);
  if (result === undefined || count < 2) throw new DriverError("The chain of the document is not the stored one.");
  await merge(input, rest.slice(0, count), journal?.state === "merging");
  return await answer(input, rest.slice(count - 1));
}

/** Merge `points` into the first of them, under the name of the last. */
async function merge(input: Flatten, points: readonly ChainPoint[], wasMerging: boolean): Promise<void> {
  const { repository, vmId, imageId, signal, log } = input;
  let isWhole = !wasMerging;
  try {
    const base = points[0];
    const result = points.at(-1);
    if (base === undefined || result === undefined) throw new DriverError("The chain has no point.");
    const [storedBase, stored] = await Promise.all([read(input, base), read(input, result)]);
    const diskIds = diskIdsOf(stored, result);
    const disks = await Promise.all(
      diskIds.map(async (diskId) => {
        const url = { datastoreId: repository.id, jobId: null, chain: [...points], vmId, diskId };
        return { diskId, files: await inspectChain(repository, url, signal) };
      }),
    );
    const toMerge = disks.flatMap(({ files }) => files.slice(1)).reduce((sum, file) => sum + file.bytes, 0);
    await checkSpace(input, toMerge);
    const journal: FlattenJournal = {
      version: 1,
      state: wasMerging ? "merging" : "prepared",
      vmId,
      merged: points.slice(0, -1),
      result,
      diskIds,
      manifest: null,
    };
    await step(input, journal);

    throwIfCancelled(signal);
    isWhole = false;
    await step(input, { ...journal, state: "merging" });
    await writeManifest(input, base, storedBase.manifest === null ? null : { ...storedBase.manifest, isMerging: true });
    const toHash = disks.reduce((sum, { files }) => sum + files[0].bytes, 0);
    let before = 0;
    const report = (bytes: number) => log.progress(Math.min(before + bytes, toMerge + toHash), toMerge + toHash);
    for (const { files } of disks) {
      const bytes = files.slice(1).reduce((sum, file) => sum + file.bytes, 0);
      await mergeDisk({ ...input, files }, (part) => report(part * bytes));
      before += bytes;
    }
    const merged = new Map<number, MergedFile>();
    for (const { diskId, files } of disks) {
      merged.set(diskId, await verifyMerged({ ...input, files }, report));
      before += files[0].bytes;
    }
    const manifest = stored.manifest === null ? null : mergedManifest(stored.manifest, merged);
    const placing: FlattenJournal = { ...journal, state: "placing", manifest };
    await step(input, placing);
    await finish(input, placing);
  } catch (error) {
    if (isWhole) {
      // A journal that is left says "prepared", which begins anew.
      await removeJournal(repository, vmId, imageId).catch(() => undefined);
      log.chainWhole();
    }
    throw error;
  }
}

/** From `placing` on there is only forward. */
async function finish(input: Flatten, journal: FlattenJournal): Promise<FlattenJournal> {
  const { result, manifest } = journal;
  if (manifest !== null) await writeManifest(input, result, { ...manifest, isMerging: true });
  await placeMerged(input.repository, journal, input.signal, input.log);
  await writeManifest(input, result, manifest);
  const done: FlattenJournal = { ...journal, state: "done" };
  await step(input, done);
  return done;
}

async function step(input: Flatten, journal: FlattenJournal): Promise<void> {
  await writeJournal(input.repository, input.imageId, journal);
  input.log.info(`flatten ${journal.state}: up to increment ${journal.result.incrementId}`);
}

async function writeManifest(input: Flatten, point: ChainPoint, manifest: object | null): Promise<void> {
  if (manifest === null) return;
  const dir = pointDir(input.repository.basePath, input.vmId, point.backupId);
  await writeStored(input.repository, dir, "manifest.json", manifest);
}

async function answer(input: Flatten, points: readonly ChainPoint[]): Promise<string> {
  const [first] = points;
  if (first === undefined) throw new DriverError("The chain has no point.");
  const { manifest, files } = await read(input, first);
  if (manifest !== null) input.log.manifest(manifest);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${toMib(bytes)} ${points.map((point) => `${point.incrementId}:${point.backupId}`).join(",")}`;
}

async function read(input: Flatten, point: ChainPoint): Promise<StoredPoint> {
  return await readPoint(input.repository, input.vmId, point, input.signal);
}

function diskIdsOf({ manifest, files }: StoredPoint, point: ChainPoint): number[] {
  if (manifest !== null) return manifest.disks.map((disk) => disk.id);
  const ids = files.flatMap(({ name }) => {
    const [, diskId, incrementId] = DISK_FILE.exec(name) ?? [];
    return Number(incrementId) === point.incrementId ? [Number(diskId)] : [];
  });
  if (ids.length === 0) throw new DriverError(`The stored backup ${point.backupId} has no disk.`);
  return ids;
}

const AVAILABLE = `set -eu; df -B1 --output=avail -- "$1" | tail -n 1`;

/** The oldest files can grow by what is merged; without the space for it, nothing is begun. */
async function checkSpace({ repository, vmId, signal }: Flatten, bytes: number): Promise<void> {
  const dir = `${repository.basePath}/${vmId}`;
  const free = Number(await runInRepository(repository, `measure ${dir}`, AVAILABLE, [dir], { signal }));
  if (free < bytes) {
    throw new DriverError(
      `The repository is full: merging may need ${toMib(bytes)} MiB, ${toMib(free)} MiB are free. Free space or enlarge it.`,
    );
  }
}

function indexOf(chain: readonly ChainPoint[], point: ChainPoint): number {
  return chain.findIndex((each) => each.backupId === point.backupId && each.incrementId === point.incrementId);
}
