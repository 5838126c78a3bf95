/** What is measured: our drivers as whole programs, against the plainest tool that moves the same bytes. */
import { cp, mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { chainName, fileName, isSameContent, tool, vmXml } from "../drivers/testing/disks";
import { run } from "../lib/process";
import { applyChanges, type ChangeSet, type DiskSize, makeRandomDisk, makeRandomFile } from "./fixture";
import { type Contestant, roundRobin, type Timing } from "./measure";

const RUN_MS = 30 * 60 * 1000;

export interface Bench {
  /** Temporary folder; removed by the caller. */
  dir: string;
  remotesDir: string;
  size: DiskSize;
  rounds: number;
}

export interface Row {
  name: string;
  reference: string;
  timing: Timing;
  /** Length of what we wrote. */
  bytes: number;
  isRight: boolean;
}

export interface Case {
  name: string;
  measure(bench: Bench): Promise<Row>;
}

/** A full backup's local part. */
const fullLocal: Case = {
  name: "full-local",
  measure: async (bench) => {
    const vmDir = await makeVmDir(bench, 1);
    const disk = path.join(vmDir, "disk.0");
    const staged = path.join(vmDir, "backup/disk.0.0");
    const copy = path.join(bench.dir, "convert.qcow2");
    await makeRandomDisk(disk, bench.size);
    await warm(disk);
    const timing = await roundRobin(
      preBackup(bench, vmDir, 1, "FULL", -1),
      script('qemu-img convert -f qcow2 -O qcow2 "$1" "$2" && sync "$2"', [disk, copy], copy),
      bench.rounds,
    );
    const isRight = await isSameContent(fileName(disk), fileName(staged));
    const bytes = (await stat(staged)).size;
    await rm(vmDir, { recursive: true });
    await rm(copy);
    return { name: "full-local", reference: "qemu-img convert + sync", timing, bytes, isRight };
  },
};

/** Extraction of an increment. */
function increment(name: string, vmId: number, changes: ChangeSet): Case {
  return {
    name,
    measure: async (bench) => {
      const vmDir = await makeVmDir(bench, vmId);
      const disk = path.join(vmDir, "disk.0");
      const base = path.join(bench.dir, `base-${vmId}.qcow2`);
      await makeRandomDisk(disk, bench.size);
      await cp(disk, base);
      await tool("qemu-img", "bitmap", "--add", "-g", "65536", fileName(disk), `one-${vmId}-0`);
      await applyChanges(disk, bench.size.virtualSize, changes);
      const ours = preBackup(bench, vmDir, vmId, "INCREMENT", 0);
      // Once before, for the number of bytes and to warm the source.
      await ours.run();
      const staged = path.join(vmDir, "backup/disk.0.1");
      const { size: bytes } = await stat(staged);
      const [random, copy] = [path.join(bench.dir, "random"), path.join(bench.dir, "dd")];
      await makeRandomFile(random, bytes);
      const reference = script('dd if="$1" of="$2" bs=1M conv=fsync status=none', [random, copy], copy);
      const timing = await roundRobin(ours, reference, bench.rounds);
      const isRight = await isSameContent(chainName([base, staged]), fileName(disk));
      for (const each of [vmDir, base, random, copy]) await rm(each, { recursive: true });
      return { name, reference: "dd of the same bytes + fsync", timing, bytes, isRight };
    },
  };
}

export const CASES: readonly Case[] = [
  fullLocal,
  increment("inc-1-scattered", 2, { share: 0.01, isContiguous: false }),
  increment("inc-5-scattered", 3, { share: 0.05, isContiguous: false }),
  increment("inc-5-contiguous", 4, { share: 0.05, isContiguous: true }),
];

async function makeVmDir(bench: Bench, vmId: number): Promise<string> {
  const vmDir = path.join(bench.dir, "datastores/0", String(vmId));
  await mkdir(vmDir, { recursive: true });
  return vmDir;
}

async function warm(file: string): Promise<void> {
  await tool("bash", "-c", 'cat "$1" >/dev/null', "strata", file);
}

/** Our pre-backup as the core runs it: the whole program, with fsync of what it staged. */
function preBackup(
  bench: Bench,
  vmDir: string,
  vmId: number,
  mode: "FULL" | "INCREMENT",
  parentId: number,
): Contestant {
  const argv = [
    path.join(bench.remotesDir, "tm/ssh/prebackup"),
    `localhost:${vmDir}`,
    "0",
    `one-${vmId}`,
    "-",
    String(vmId),
    "0",
  ] as const;
  const input = vmXml({ vmId, mode, parentId, disks: [{ id: 0 }] });
  return {
    reset: async () => {
      await rm(path.join(vmDir, "backup"), { recursive: true, force: true });
      await tool("sync");
    },
    run: async () => {
      const result = await run(argv, { input, timeoutMs: RUN_MS });
      if (!result.ok) throw new Error(`prebackup failed: ${result.stderr}`);
    },
  };
}

function script(text: string, args: readonly string[], output: string): Contestant {
  return {
    reset: async () => {
      await rm(output, { force: true });
      await tool("sync");
    },
    run: async () => {
      const result = await run(["bash", "-c", text, "strata", ...args], { timeoutMs: RUN_MS });
      if (!result.ok) throw new Error(`${text}: ${result.stderr}`);
    },
  };
}
