import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { appError } from "../../domain/errors";
import { BootAnswer, BootCheckRequest } from "../../domain/verification";
import type { ActionHandler, Run } from "../action/handler";
import { appendEvent } from "../event/append";
import { lockImage } from "../lock";
import { createRestoreCounter } from "../restore/counter";
import { BOOT_DRIVER, kernelFolder, scratchFolder } from "./boot-facts";
import { copyToScratch, listScratchDisks, sweepScratch, vmDocument } from "./scratch";

/** How long a machine may stay silent. Without KVM a kernel needs some ten seconds to be seen. */
const SILENT_AFTER_S = 120;
const MAX_SCREENSHOT_BYTES = 2 * 1024 * 1024;

interface Booted extends BootAnswer {
  /** PNG as base64: small enough to travel as the result of a step. */
  image: string | null;
  restoreSeconds: number;
}

/**
 * The disks of a point are restored into a scratch folder, started there by the sandbox driver and thrown away. What was
 * seen is recorded as it was seen; a machine that stayed silent is a result, not a failure of the run.
 */
export const bootCheckHandler: ActionHandler<Booted> = {
  async work(run) {
    await run.progress.phase("preparing");
    const point = BootCheckRequest.parse(run.action.input);
    const folder = scratchFolder(run.core, run.action.id);
    await run.step("sweep", () => sweepScratch(run));
    // As a step: a check that goes on after a restart has taken all the time since it began.
    const startedAt = await run.step("clock", async () => run.core.clock.now());
    const disks = await run.step("list", () => listScratchDisks(run, point, folder));
    await run.progress.phase("restoring");
    const counter = createRestoreCounter(run.progress, disks);
    const files: string[] = [];
    for (const disk of disks) {
      const file = await run.step(`copy-${disk.diskId}`, () =>
        copyToScratch(run, point, folder, disk, (done, total) => counter.report(disk.diskId, done, total)),
      );
      counter.finished(disk.diskId);
      files.push(`${disk.diskId}:${file}`);
    }
    await run.progress.phase("booting");
    const restoreSeconds = await run.step("restored", async () => secondsBetween(startedAt, run.core.clock.now()));
    const booted = await run.step("boot", () => boot(run, files));
    return { ...booted, restoreSeconds };
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
    const { verdict, detail, console, image, restoreSeconds, bootSeconds } = worked.value;
    const facts = {
      at: new Date(run.core.clock.now()),
      actionId: run.action.id,
      verdict,
      detail,
      console,
      screenshot: image === null ? null : Uint8Array.from(Buffer.from(image, "base64")),
      restoreSeconds,
      bootSeconds,
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

/** Whole seconds; a clock that was set back makes none of them negative. */
function secondsBetween(startMs: number, endMs: number): number {
  return Math.max(0, Math.round((endMs - startMs) / 1000));
}

async function boot(run: Run, files: readonly string[]): Promise<Omit<Booted, "restoreSeconds">> {
  const folder = scratchFolder(run.core, run.action.id);
  const { stdout } = await run.core.drivers.call({
    ...BOOT_DRIVER,
    argv: [folder, String(SILENT_AFTER_S), kernelFolder(run.core), ...files],
    document: await vmDocument(run, BootCheckRequest.parse(run.action.input)),
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
