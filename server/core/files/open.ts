import { mkdir, rm, stat } from "node:fs/promises";
import { appError } from "../../domain/errors";
import { FilesPoint, type StoredVolume } from "../../domain/files";
import { scanDisk } from "../../lib/guest-files/scan";
import { run as runProgram } from "../../lib/process";
import type { ActionHandler, Run } from "../action/handler";
import { createRestoreCounter } from "../restore/counter";
import { copyToScratch, listScratchDisks } from "../verification/scratch";
import { rawDisk, removeSession, sessionFolder, shareWithSandbox, sweepSessions, writeSession } from "./session-folder";

const CONVERT_MS = 24 * 3_600_000;

/** Copies a point's disks to this node and finds the file systems on them; what is open then is a folder, no process. */
export const filesOpenHandler: ActionHandler<{ volumes: number }> = {
  async work(run) {
    await run.progress.phase("preparing");
    const point = FilesPoint.parse(run.action.input);
    const folder = sessionFolder(run.core, run.action.id);
    const disks = await run.step("list", async () => {
      await sweepSessions(run.core);
      // The merged copy and the raw one lie side by side for a moment.
      return await listScratchDisks(run, point, folder, 2);
    });
    await run.progress.phase("restoring");
    const counter = createRestoreCounter(run.progress, disks);
    for (const disk of disks) {
      await run.step(`copy-${disk.diskId}`, async () => {
        const report = (done: number, total: number) => counter.report(disk.diskId, done, total);
        const copy = await copyToScratch(run, point, folder, disk, report);
        await toRaw(run, copy, rawDisk(folder, disk.diskId));
        return null;
      });
      counter.finished(disk.diskId);
    }
    await run.progress.phase("finishing");
    return await run.step("scan", async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const volumes = await scanAll(
        run,
        folder,
        disks.map((disk) => disk.diskId),
      );
      await writeSession(folder, { userId: run.action.actor.userId, ...point, volumes });
      run.log.add(
        "INFO",
        `${volumes.filter((each) => each.problem === null).length} of ${volumes.length} volumes can be read`,
      );
      return { volumes: volumes.length };
    });
  },

  async cleanUp(run, worked) {
    if (worked.ok) return;
    await run.progress.phase("cleaning");
    await run.step("remove", async () => {
      await removeSession(run.core, run.action.id);
      return null;
    });
  },

  async record(_tx, run) {
    const { imageId, incrementId } = FilesPoint.parse(run.action.input);
    return { result: { imageId, incrementId } };
  },
};

/** The tools read raw disks only. The file is ours: merged by our own code, without a backing file. */
async function toRaw(run: Run, copy: string, raw: string): Promise<void> {
  const argv = ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", "--", copy, raw] as const;
  const result = await runProgram(argv, { signal: run.signal, timeoutMs: CONVERT_MS });
  await rm(copy, { force: true });
  if (!result.ok) {
    const said = result.spawnError ?? result.stderr.trim().split("\n").at(-1) ?? "";
    throw appError("FILES_UNREADABLE", { reason: `The copy of a disk could not be made ready: ${said.slice(0, 300)}` });
  }
  await shareWithSandbox(raw);
}

async function scanAll(run: Run, folder: string, diskIds: readonly number[]): Promise<StoredVolume[]> {
  const volumes: StoredVolume[] = [];
  for (const diskId of diskIds) {
    const disk = rawDisk(folder, diskId);
    const file = { path: disk, bytes: (await stat(disk)).size, id: diskId, program: run.core.config.guestReader };
    for (const found of await scanDisk(file, run.signal)) {
      volumes.push({ ...found, id: volumes.length, diskId });
    }
  }
  return volumes.slice(0, 256);
}
