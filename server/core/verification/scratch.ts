import { mkdir, readdir, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { appError } from "../../domain/errors";
import { type ActionState, isFinal } from "../../domain/states";
import type { BootCheckRequest } from "../../domain/verification";
import { parseCopyAnswer } from "../../lib/wire";
import type { Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml, scratchDocument } from "../documents";
import { requireDatastore, requireImage } from "../require";
import { scratchFolder } from "./boot-facts";

/** Room that is left free beside the copies, bytes: guests of a boot check write into it. */
const HEADROOM_BYTES = 1024 ** 3;

const Urls = z.record(z.string().regex(/^\d{1,6}$|^tpm$/), z.string().max(65_536));

/** A disk of a point, and what it costs to copy. */
export interface ScratchDisk {
  diskId: number;
  url: string;
  bytesToRead: number;
}

/**
 * The disks of a point, when there is room for copies of them in `folder`, which is made.
 * @param copies how many times the data lies there at once
 * @throws AppError BOOT_CHECK_IMPOSSIBLE
 */
export async function listScratchDisks(
  run: Run,
  point: BootCheckRequest,
  folder: string,
  copies = 1,
): Promise<ScratchDisk[]> {
  const { db } = run.core;
  const { imageId, incrementId } = point;
  const image = await requireImage(db, imageId);
  const datastore = await requireDatastore(db, image.datastoreId);
  const { stdout } = await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "ls",
    argv: ["-i", String(image.isChain ? incrementId : -1)],
    document: driverDocument({
      datastore: datastoreXml(datastore),
      vm: await vmDocument(run, point),
      image: await imageXml(db, image),
    }),
    signal: run.signal,
    onLog: run.log.add,
  });
  const urls = Object.entries(Urls.parse(JSON.parse(stdout))).filter(([diskId]) => diskId !== "tpm");
  const points = await db.increment.findMany({
    where: { imageId, id: { lte: incrementId } },
    select: { storedBytes: true },
  });
  const stored = points.reduce((sum, each) => sum + Number(each.storedBytes), 0);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(folder);
  const needed = stored * copies + HEADROOM_BYTES;
  if (bavail * bsize < needed) {
    const mib = (bytes: number) => Math.ceil(bytes / 1024 ** 2);
    throw appError("BOOT_CHECK_IMPOSSIBLE", {
      reason: `The copies of the disks may take ${mib(needed)} MiB, but only ${mib(bavail * bsize)} MiB are free below ${dirname(folder)}.`,
    });
  }
  return urls.map(([diskId, url]) => ({ diskId: Number(diskId), url, bytesToRead: Math.ceil(stored / urls.length) }));
}

/** The VM as it was at the point. */
export async function vmDocument(run: Run, { imageId, incrementId }: BootCheckRequest): Promise<string> {
  const where = { imageId_id: { imageId, id: incrementId } };
  const point = await run.core.db.increment.findUnique({ where, select: { vmDocument: true } });
  if (point === null) throw appError("INCREMENT_NOT_FOUND", { imageId, incrementId });
  return point.vmDocument;
}

/** Restore one disk into `folder` by the very code of a restore; answers the path of the copy, a qcow2 file. */
export async function copyToScratch(
  run: Run,
  { imageId }: BootCheckRequest,
  folder: string,
  disk: ScratchDisk,
  onProgress: (done: number, total: number) => void,
): Promise<string> {
  const { db } = run.core;
  const backup = await requireDatastore(db, (await requireImage(db, imageId)).datastoreId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { stdout } = await run.core.drivers.call({
    family: "datastore",
    driver: "fs",
    action: "cp",
    argv: [String(disk.diskId)],
    document: scratchDocument({ folder, diskId: disk.diskId, url: disk.url, backup: datastoreXml(backup) }),
    signal: run.signal,
    onLog: run.log.add,
    onProgress,
  });
  const answer = parseCopyAnswer(stdout);
  if (answer === null || dirname(answer.source) !== folder || answer.format !== "qcow2") {
    throw appError("DRIVER_ANSWER", { path: "datastore/fs/cp", answer: stdout.slice(0, 200) });
  }
  run.log.add("INFO", `Disk ${disk.diskId} is copied to the machine of Strata`);
  return answer.source;
}

/** Folders of boot checks that ended without a chance to remove them: a node that died for good. */
export async function sweepScratch(run: Run): Promise<null> {
  const parent = dirname(scratchFolder(run.core, run.action.id));
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const id = /^boot-(\d{1,10})$/.exec(name)?.[1];
    if (id === undefined || Number(id) === run.action.id) continue;
    const row = await run.core.db.action.findUnique({ where: { id: Number(id) }, select: { state: true } });
    if (row === null || isFinal(row.state as ActionState))
      await rm(join(parent, name), { recursive: true, force: true });
  }
  return null;
}
