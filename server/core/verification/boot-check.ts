import { constants } from "node:fs";
import { mkdir, open, readdir, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { appError } from "../../domain/errors";
import { type ActionState, isFinal } from "../../domain/states";
import { BootAnswer, BootCheckRequest } from "../../domain/verification";
import { parseCopyAnswer } from "../../lib/wire";
import type { ActionHandler, Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml, scratchDocument } from "../documents";
import { appendEvent } from "../event/append";
import { lockImage } from "../lock";
import { requireDatastore, requireImage } from "../require";
import { createRestoreCounter } from "../restore/counter";
import { BOOT_DRIVER, kernelFolder, scratchFolder } from "./boot-facts";

/** How long a machine may stay silent. Without KVM a kernel needs some ten seconds to be seen. */
const SILENT_AFTER_S = 120;
/** Room for what the guests of a boot check write, bytes. */
const HEADROOM_BYTES = 1024 ** 3;
const MAX_SCREENSHOT_BYTES = 2 * 1024 * 1024;

const Urls = z.record(z.string().regex(/^\d{1,6}$|^tpm$/), z.string().max(65_536));

interface Booted extends BootAnswer {
  /** PNG as base64: small enough to travel as the result of a step. */
  image: string | null;
}

/**
 * The disks of a point are restored into a scratch folder, started there by the sandbox driver and thrown away. What was
 * seen is recorded as it was seen; a machine that stayed silent is a result, not a failure of the run.
 */
export const bootCheckHandler: ActionHandler<Booted> = {
  async work(run) {
    await run.progress.phase("preparing");
    await run.step("sweep", () => sweepScratch(run));
    const disks = await run.step("list", () => listDisks(run));
    await run.progress.phase("restoring");
    const counter = createRestoreCounter(run.progress, disks);
    const files: string[] = [];
    for (const disk of disks) {
      const file = await run.step(`copy-${disk.diskId}`, () =>
        copyDisk(run, disk, (done, total) => counter.report(disk.diskId, done, total)),
      );
      counter.finished(disk.diskId);
      files.push(`${disk.diskId}:${file}`);
    }
    await run.progress.phase("booting");
    return await run.step("boot", () => boot(run, files));
  },

  async cleanUp(run) {
    await run.progress.phase("cleaning");
    await run.step("remove", async () => {
      await rm(scratchFolder(run.core, run.action.id), { recursive: true, force: true });
      return null;
    });
  },

  async record(tx, run, worked) {
    const { imageId, incrementId } = BootCheckRequest.parse(run.action.input);
    if (!worked.ok) return {};
    await lockImage(tx, imageId);
    const { verdict, detail, console, image } = worked.value;
    const facts = {
      at: new Date(run.core.clock.now()),
      actionId: run.action.id,
      verdict,
      detail,
      console,
      screenshot: image === null ? null : Uint8Array.from(Buffer.from(image, "base64")),
    };
    await tx.bootCheck.upsert({
      where: { imageId_incrementId: { imageId, incrementId } },
      create: { imageId, incrementId, ...facts },
      update: facts,
    });
    await appendEvent(tx, { topic: "image", objectId: imageId, type: "boot-checked" });
    return { result: { imageId, incrementId }, warnings: verdict === "silent" ? [detail] : [] };
  },
};

interface DiskToCopy {
  diskId: number;
  url: string;
  bytesToRead: number;
}

/** URLs of the disks, when there is room for them. */
async function listDisks(run: Run): Promise<DiskToCopy[]> {
  const { db } = run.core;
  const { imageId, incrementId } = BootCheckRequest.parse(run.action.input);
  const image = await requireImage(db, imageId);
  const datastore = await requireDatastore(db, image.datastoreId);
  const { stdout } = await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "ls",
    argv: ["-i", String(image.isChain ? incrementId : -1)],
    document: driverDocument({
      datastore: datastoreXml(datastore),
      vm: await vmDocument(run),
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
  const stored = points.reduce((sum, point) => sum + Number(point.storedBytes), 0);
  const folder = scratchFolder(run.core, run.action.id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < stored + HEADROOM_BYTES) {
    const mib = (bytes: number) => Math.ceil(bytes / 1024 ** 2);
    throw appError("BOOT_CHECK_IMPOSSIBLE", {
      reason: `The copies for the boot check may take ${mib(stored + HEADROOM_BYTES)} MiB, but only ${mib(bavail * bsize)} MiB are free below ${dirname(folder)}.`,
    });
  }
  return urls.map(([diskId, url]) => ({ diskId: Number(diskId), url, bytesToRead: Math.ceil(stored / urls.length) }));
}

async function vmDocument(run: Run): Promise<string> {
  const { imageId, incrementId } = BootCheckRequest.parse(run.action.input);
  const where = { imageId_id: { imageId, id: incrementId } };
  const point = await run.core.db.increment.findUnique({ where, select: { vmDocument: true } });
  if (point === null) throw appError("INCREMENT_NOT_FOUND", { imageId, incrementId });
  return point.vmDocument;
}

/** Restore one disk by the very code of a restore; answers the path of the copy. */
async function copyDisk(
  run: Run,
  disk: DiskToCopy,
  onProgress: (done: number, total: number) => void,
): Promise<string> {
  const { db } = run.core;
  const { imageId } = BootCheckRequest.parse(run.action.input);
  const backup = await requireDatastore(db, (await requireImage(db, imageId)).datastoreId);
  const folder = scratchFolder(run.core, run.action.id);
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
  run.log.add("INFO", `Disk ${disk.diskId} is restored for the boot check`);
  return answer.source;
}

async function boot(run: Run, files: readonly string[]): Promise<Booted> {
  const folder = scratchFolder(run.core, run.action.id);
  const { stdout } = await run.core.drivers.call({
    ...BOOT_DRIVER,
    argv: [folder, String(SILENT_AFTER_S), kernelFolder(run.core), ...files],
    document: await vmDocument(run),
    signal: run.signal,
    onLog: run.log.add,
    onProgress: run.progress.bytes,
  });
  const answer = parseBootAnswer(stdout);
  run.log.add(answer.verdict === "alive" ? "INFO" : "WARN", answer.detail);
  return {
    ...answer,
    image: answer.screenshot === null ? null : await readScreenshot(join(folder, answer.screenshot)),
  };
}

function parseBootAnswer(stdout: string): BootAnswer {
  const refuse = () => appError("DRIVER_ANSWER", { path: "vmm/sandbox/boot_check", answer: stdout.slice(0, 200) });
  let content: unknown;
  try {
    content = JSON.parse(stdout);
  } catch {
    throw refuse();
  }
  const answer = BootAnswer.safeParse(content);
  if (!answer.success) throw refuse();
  return answer.data;
}

/** The picture, null when it is missing or larger than a screen should be. */
async function readScreenshot(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    return size > MAX_SCREENSHOT_BYTES ? null : (await file.readFile()).toString("base64");
  } finally {
    await file.close();
  }
}

/** Folders of boot checks that ended without a chance to remove them: a node that died for good. */
async function sweepScratch(run: Run): Promise<null> {
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
