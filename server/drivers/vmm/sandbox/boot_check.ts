/**
 * `boot_check <folder> <seconds> <folder of kernels> <disk id>:<file>…`: start restored copies of a VM's disks on this
 * machine, without a network, and say what was seen. Prints the verdict as JSON and leaves `screen.png` in the folder. The
 * copies are only read; what the guest writes is thrown away.
 */
import { constants } from "node:fs";
import { access, lstat, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { bootSentence, signsOfLife } from "../../../domain/boot-check";
import type { BootAnswer } from "../../../domain/verification";
import { run } from "../../../lib/process";
import { type ActionInput, DriverError, defineAction } from "../../action";
import { absolutePath } from "../../datastore/rsync/repository";
import { type Confinement, parseMachine } from "./machine";
import { toPng } from "./screen";
import { type Watched, watchMachine } from "./watch";

/** No account has it on Debian (65000 to 65533 are reserved): QEMU shares its rights with nobody. */
const SANDBOX_UID = 65_113;
const MAX_SECONDS = 900;
const CONSOLE_SHOWN = 4_000;

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const { folder, seconds, kernelDir, files } = await parseArguments(argv);
    const machine = await parseMachine(xml, files, kernelDir);
    const version = await qemuVersion(signal);
    const confined: Confinement = {
      jail: path.join(folder, "jail"),
      uid: process.getuid?.() === 0 ? SANDBOX_UID : null,
      version,
      hasNetworkNamespace: await canUnshare(signal),
      cpuSeconds: seconds * machine.cpus + 60,
    };
    const screenshot = path.join(folder, "screen.png");
    await rm(screenshot, { force: true });

    const accelerators = await usableAccelerators();
    let best: { watched: Watched; accelerator: "kvm" | "tcg" } | null = null;
    for (const [index, accelerator] of accelerators.entries()) {
      // KVM shows itself quickly or, on some nested hosts, never: emulation gets the rest of the time.
      const share = accelerators.length === 1 ? 1 : index === 0 ? 0.25 : 0.75;
      const limitMs = seconds * share * 1000;
      log.info(`Starting ${machine.disks.length} disks with ${accelerator}, ${Math.round(limitMs / 1000)} s at most`);
      const watched = await watchMachine(machine, accelerator, confined, limitMs, {
        signal,
        onTick: (elapsed) => log.progress(Math.min(elapsed, limitMs) / 1000, limitMs / 1000),
      });
      if (watched.ended !== null) log.warn(`${accelerator}: ${watched.ended}`);
      best = { watched, accelerator };
      if (signsOfLife(watched.facts).length > 0) break;
    }
    await rm(confined.jail, { recursive: true, force: true });
    if (best === null) throw new DriverError("There is nothing to start the machine with.");
    return JSON.stringify(await conclude(best.watched, best.accelerator, screenshot));
  },
});

async function conclude(watched: Watched, accelerator: "kvm" | "tcg", screenshot: string): Promise<BootAnswer> {
  const { facts, screen, ended } = watched;
  const isAlive = signsOfLife(facts).length > 0;
  // A QEMU that never ran says nothing about the disks.
  if (!isAlive && screen === null) throw new DriverError(`The machine could not be started: ${ended ?? "no screen"}.`);
  if (screen !== null) await writeFile(screenshot, toPng(screen), { mode: 0o600 });
  return {
    verdict: isAlive ? "alive" : "silent",
    detail: `${bootSentence(facts, watched.seconds, accelerator)}${ended === null ? "" : ` ${ended}.`}`.slice(0, 1000),
    console: printable(watched.console).slice(-CONSOLE_SHOWN),
    screenshot: screen === null ? null : "screen.png",
    bootSeconds: watched.firstSignSeconds,
  };
}

/** Text of a guest for people: no control characters, no escape sequences. */
function printable(text: string): string {
  return text
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufffd]/g, "");
}

async function parseArguments(argv: readonly string[]) {
  const [folderText = "", secondsText = "", kernelText = "", ...words] = argv;
  if (words.length === 0 || !/^\d{1,4}$/.test(secondsText)) {
    throw new DriverError("Usage: boot_check <folder> <seconds> <folder of kernels> <disk id>:<file>…");
  }
  const folder = absolutePath("The folder", folderText);
  const files = new Map<number, string>();
  for (const word of words) {
    const [, diskId, file = ""] = /^(\d{1,6}):(\/.*)$/.exec(word) ?? [];
    const name = absolutePath("The disk file", file);
    if (diskId === undefined || path.dirname(name) !== folder || !(await lstat(name)).isFile()) {
      throw new DriverError(`${JSON.stringify(word.slice(0, 200))} is not a disk file in the folder.`);
    }
    files.set(Number(diskId), name);
  }
  const seconds = Math.min(Math.max(Number(secondsText), 1), MAX_SECONDS);
  return { folder, seconds, kernelDir: absolutePath("The folder of kernels", kernelText), files };
}

async function qemuVersion(signal: ActionInput["signal"]): Promise<readonly [number, number]> {
  const result = await run(["qemu-system-x86_64", "--version"], { signal, timeoutMs: 10_000 });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(result.stdout) ?? [];
  if (major === undefined || minor === undefined) {
    throw new DriverError(
      "qemu-system-x86_64 cannot run on the machine of Strata, so no machine can be started. Install qemu-system-x86 there.",
    );
  }
  return [Number(major), Number(minor)];
}

/** A network namespace of its own holds no interface at all; not everybody may make one. */
async function canUnshare(signal: ActionInput["signal"]): Promise<boolean> {
  return (await run(["unshare", "--net", "--", "true"], { signal, timeoutMs: 10_000 })).ok;
}

async function usableAccelerators(): Promise<("kvm" | "tcg")[]> {
  const hasKvm = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  return hasKvm ? ["kvm", "tcg"] : ["tcg"];
}
