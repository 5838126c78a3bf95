/** One start of the machine: watched from outside until it shows itself or the time is up, then switched off. */
import { constants } from "node:fs";
import { chmod, chown, copyFile, mkdir, open, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { afterUefi, type BootFacts, signsOfLife } from "../../../domain/boot-check";
import { type ProcessResult, run, start } from "../../../lib/process";
import { DriverError, throwIfCancelled } from "../../action";
import { connectQmp, type Qmp } from "../../tm/lib/qmp";
import { type Confinement, type Machine, qemuArgv } from "./machine";
import { parsePpm, type Screen } from "./screen";

export interface Watched {
  facts: BootFacts;
  /** End of the serial console, as it came. */
  console: string;
  screen: Screen | null;
  seconds: number;
  /** When the first sign of life was seen, from the start; null: none was. */
  firstSignSeconds: number | null;
  /** Why QEMU ended by itself; null: it was switched off. */
  ended: string | null;
}

const LOOK_EVERY_MS = 500;
/** After the first sign the picture should show more than a boot loader: until nothing changes, or this long. */
const SETTLE_MS = 15_000;
const STILL_MS = 4_000;
/** 9 × 16 pixels of three bytes. */
const CURSOR_BYTES = 432;
const CONSOLE_KEPT = 16_000;
const MAX_DUMP_BYTES = 8192 * 8192 * 3;
/** A QEMU that does not answer is as good as gone. */
const ANSWER_MS = 10_000;

/** @throws DriverError when QEMU cannot be started or cancel was asked for */
export async function watchMachine(
  machine: Machine,
  accelerator: "kvm" | "tcg",
  confined: Confinement,
  limitMs: number,
  options: { signal: AbortSignal; onTick(elapsedMs: number): void },
): Promise<Watched> {
  await makeJail(confined);
  for (const disk of machine.disks) await makeOverlay(disk.file, disk.overlay, options.signal);
  if (machine.uefi !== null) await copyFile(machine.uefi.vars, machine.uefi.nvram);
  const stop = new AbortController();
  const child = start(qemuArgv(machine, accelerator, confined), {
    signal: AbortSignal.any([options.signal, stop.signal]),
    timeoutMs: limitMs + SETTLE_MS + 60_000,
    termGraceMs: 3_000,
  });
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const seen: Watched = {
    facts: {
      isUefi: machine.uefi !== null,
      hasLoaderStarted: false,
      consoleBytes: 0,
      isPaging: null,
      screen: null,
      readBytes: 0,
      hasOwnKernel: machine.kernel !== null,
    },
    console: "",
    screen: null,
    seconds: 0,
    firstSignSeconds: null,
    ended: null,
  };
  try {
    const qmp = connectQmp(child, endOf);
    await answer(qmp, "qmp_capabilities");
    let firstSignAt: number | null = null;
    let stillSince = elapsed();
    let before = { ...seen.facts, picture: seen.screen };
    while (firstSignAt === null ? elapsed() < limitMs : elapsed() - firstSignAt < SETTLE_MS) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: options.signal }).catch(() => throwIfCancelled(options.signal));
      await look(qmp, seen, confined);
      options.onTick(elapsed());
      if (firstSignAt === null && signsOfLife(seen.facts).length > 0) {
        firstSignAt = elapsed();
        seen.firstSignSeconds = Math.round(firstSignAt / 1000);
      }
      const { consoleBytes, readBytes } = seen.facts;
      const isStill =
        consoleBytes === before.consoleBytes &&
        readBytes === before.readBytes &&
        looksAlike(before.picture, seen.screen);
      if (!isStill) stillSince = elapsed();
      before = { ...seen.facts, picture: seen.screen };
      if (firstSignAt !== null && elapsed() - stillSince > STILL_MS) break;
    }
  } catch (error) {
    throwIfCancelled(options.signal);
    if (!(error instanceof DriverError)) throw error;
    seen.ended = error.message;
  } finally {
    seen.seconds = Math.round(elapsed() / 1000);
    child.end();
    stop.abort();
    await child.done;
    for (const disk of machine.disks) await rm(disk.overlay, { force: true });
    if (machine.uefi !== null) await rm(machine.uefi.nvram, { force: true });
  }
  return seen;
}

/** A cursor that blinks is no news. */
function looksAlike(a: Screen | null, b: Screen | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.width !== b.width || a.height !== b.height) return false;
  let different = 0;
  for (let at = 0; at < a.pixels.length && different <= CURSOR_BYTES; at++) {
    if (a.pixels[at] !== b.pixels[at]) different += 1;
  }
  return different <= CURSOR_BYTES;
}

async function makeJail({ jail, uid }: Confinement): Promise<void> {
  await rm(jail, { recursive: true, force: true });
  await mkdir(jail, { mode: 0o700 });
  if (uid !== null) await chown(jail, uid, uid);
  else await chmod(jail, 0o700);
}

async function makeOverlay(file: string, overlay: string, signal: AbortSignal): Promise<void> {
  const node = JSON.stringify({ driver: "qcow2", backing: null, file: { driver: "file", filename: file } });
  const info = await run(["qemu-img", "info", "--output=json", `json:${node}`], { signal, timeoutMs: 30_000 });
  const size = /"virtual-size":\s*(\d+)/.exec(info.stdout)?.[1];
  if (!info.ok || size === undefined)
    throw new DriverError(`${file} cannot be opened: ${info.stderr.trim().slice(0, 300)}`);
  await rm(overlay, { force: true });
  const made = await run(["qemu-img", "create", "-q", "-f", "qcow2", overlay, size], { signal, timeoutMs: 30_000 });
  if (!made.ok) throw new DriverError(`No overlay can be made for ${file}: ${made.stderr.trim().slice(0, 300)}`);
}

const Stats = z.array(z.object({ stats: z.object({ rd_bytes: z.number() }) }));

async function look(qmp: Qmp, seen: Watched, confined: Confinement): Promise<void> {
  const text = z
    .string()
    .parse(await answer(qmp, "ringbuf-read", { device: "console", size: 65_536, format: "base64" }));
  const bytes = Buffer.from(text, "base64");
  seen.console = (seen.console + bytes.toString("utf8")).slice(-CONSOLE_KEPT);
  countConsole(seen, bytes.length);
  const stats = Stats.parse(await answer(qmp, "query-blockstats"));
  seen.facts.readBytes = stats.reduce((sum, each) => sum + each.stats.rd_bytes, 0);
  const registers = await answer(qmp, "human-monitor-command", { "command-line": "info registers" });
  const cr0 = /CR0=([0-9a-f]{8})/i.exec(String(registers))?.[1];
  // Once seen it stays seen: a machine that resets has had its kernel.
  if (cr0 !== undefined && (Number.parseInt(cr0, 16) & 0x8000_0000) !== 0) seen.facts.isPaging = true;
  else seen.facts.isPaging ??= cr0 === undefined ? null : false;
  const screen = await dumpScreen(qmp, confined);
  if (screen === null) return;
  seen.screen = screen;
  seen.facts.screen = { width: screen.width, height: screen.height };
}

/** Of a UEFI machine only what comes after the firmware counts. */
function countConsole({ facts, console }: Watched, newBytes: number): void {
  if (!facts.isUefi || facts.hasLoaderStarted) {
    facts.consoleBytes += newBytes;
    return;
  }
  const rest = afterUefi(console);
  if (rest === null) return;
  facts.hasLoaderStarted = true;
  facts.consoleBytes = Buffer.byteLength(rest);
}

/** QEMU writes the dump inside its jail; it is read as a file that a hostile program may have put there. */
async function dumpScreen(qmp: Qmp, { jail, uid }: Confinement): Promise<Screen | null> {
  const file = path.join(jail, "screen.ppm");
  await answer(qmp, "screendump", { filename: uid === null ? file : "/screen.ppm" });
  const dump = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (dump === null) return null;
  try {
    const stat = await dump.stat();
    return stat.isFile() && stat.size <= MAX_DUMP_BYTES ? parsePpm(await dump.readFile()) : null;
  } finally {
    await dump.close();
  }
}

async function answer(qmp: Qmp, command: string, args?: object): Promise<unknown> {
  const late = new AbortController();
  const timeout = sleep(ANSWER_MS, undefined, { signal: late.signal }).then(
    () => {
      throw new DriverError("QEMU does not answer any more");
    },
    () => undefined,
  );
  try {
    return await Promise.race([qmp.execute(command, args), timeout]);
  } finally {
    late.abort();
  }
}

function endOf(result: ProcessResult): string {
  if (result.spawnError !== null) return result.spawnError;
  const line = result.stderr.trim().split("\n").at(-1) ?? "";
  if (result.exitCode === 0) return "QEMU ended by itself";
  return `QEMU ended: ${line.slice(0, 400) || (result.signal ?? `exit code ${result.exitCode ?? "none"}`)}`;
}
