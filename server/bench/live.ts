/**
 * Backups of a running guest, and what its own writes feel of them. The guest is emulated (TCG), as in the tests: it
 * competes with the backup for the processors, so compare the ways, and take no figure for that of a KVM guest.
 *
 * Write latency is that of QEMU's own histogram, from the guest's request to its completion, while a writer in the guest
 * syncs small records. Ours and the reference's way each have a guest; the other one is suspended meanwhile.
 */
import { copyFile, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { chainName, fileName, isSameContent, tool } from "../drivers/testing/disks";
import { type Guest, startGuest } from "../drivers/testing/guest";
import { makeGuestImage } from "../drivers/testing/guest-image";
import { startLibvirtd, type TestLibvirtd } from "../drivers/testing/libvirtd";
import { readRecords } from "../drivers/testing/records";
import { systemClock } from "../lib/clock";
import {
  type Bench,
  type BenchVm,
  backupArgv,
  bash,
  clear,
  documentOf,
  driver,
  makeVm,
  UPSTREAM_LIVE_FULL,
  UPSTREAM_LIVE_INCREMENT,
} from "./contestants";
import { makeRandomDisk } from "./fixture";
import { type Stall, type Watched, watched, worst } from "./live-stall";

const [OURS, THEIRS] = [40, 41];
const IDLE_MS = 5_000;
export interface LiveRow {
  name: string;
  /** Milliseconds, one per round. */
  ours: number[];
  upstream: number[];
  /** Of the round with the worst p99. */
  oursStall: Stall;
  upstreamStall: Stall;
  idle: Stall;
  bytes: number;
  isRight: boolean;
}

interface Side {
  vm: BenchVm;
  domain: string;
  guest: Guest;
}

/** Full and increment of a live disk, ours against the reference's way. @param isQuick smaller disk and change set */
export async function measureLive(bench: Bench, isQuick: boolean): Promise<LiveRow[]> {
  const libvirtd = await startLibvirtd();
  try {
    const image = await makeGuestImage(libvirtd.dir);
    const base = path.join(bench.dir, "live-base.qcow2");
    const mib = 1024 * 1024;
    const virtualSize = (isQuick ? 1 : 4) * 1024 * mib;
    await makeRandomDisk(base, { virtualSize, dataBytes: (isQuick ? 256 : 1024) * mib });
    // Records begin at 0; the writer's slots must not hold anything else.
    await tool("qemu-io", "-f", "qcow2", "-c", "write -z 0 33M", base);
    const sides: Side[] = [];
    for (const id of [OURS, THEIRS]) {
      const vm = await makeVm(bench, id);
      await copyFile(base, vm.disk);
      const domain = `one-${id}`;
      const guest = await startGuest(libvirtd, { name: domain, image, disks: [vm.disk], write: ["vda"] });
      await guest.run("dd if=/dev/urandom of=/tmp/block bs=64k count=1 2>/dev/null");
      sides.push({ vm, domain, guest });
    }
    const [ours, theirs] = sides;
    if (ours === undefined || theirs === undefined) throw new Error("no guests");
    return await race(bench, libvirtd, ours, theirs, { virtualSize, extents: isQuick ? 128 : 2120 });
  } finally {
    await libvirtd.stop();
  }
}

async function race(
  bench: Bench,
  libvirtd: TestLibvirtd,
  ours: Side,
  theirs: Side,
  { virtualSize, extents }: { virtualSize: number; extents: number },
): Promise<LiveRow[]> {
  const idle = (await watched(libvirtd, ours, theirs, () => systemClock.sleep(IDLE_MS))).stall;
  const out = path.join(bench.dir, "live-upstream.qcow2");
  const timed: Record<"full" | "increment", { ours: Watched[]; upstream: Watched[] }> = {
    full: { ours: [], upstream: [] },
    increment: { ours: [], upstream: [] },
  };
  for (let round = 0; round < bench.rounds; round += 1) {
    await clear([out]);
    timed.full.ours.push(await watched(libvirtd, ours, theirs, () => preBackupLive(bench, libvirtd, ours, -1)));
    await keep(bench, libvirtd, ours, -1);
    const args = [libvirtd.uri, theirs.domain, theirs.vm.disk, out];
    timed.full.upstream.push(await watched(libvirtd, theirs, ours, () => bash(UPSTREAM_LIVE_FULL, args)));
  }
  const fullBytes = (await stat(stored(ours, 0))).size;
  const scratch = path.join(bench.dir, "live-scratch");
  const increment = async (point: number) => {
    const args = [libvirtd.uri, theirs.domain, String(point), String(virtualSize), scratch, out];
    await bash(UPSTREAM_LIVE_INCREMENT, args);
  };
  // A checkpoint to begin with.
  await increment(0);
  let parent = 0;
  for (let round = 0; round < bench.rounds; round += 1) {
    for (const side of [ours, theirs]) await dirty(side, virtualSize, extents);
    await clear([out]);
    const at = parent;
    timed.increment.ours.push(await watched(libvirtd, ours, theirs, () => preBackupLive(bench, libvirtd, ours, at)));
    await keep(bench, libvirtd, ours, at);
    timed.increment.upstream.push(await watched(libvirtd, theirs, ours, () => increment(at + 1)));
    parent += 1;
  }
  const bytes = (await stat(stored(ours, parent))).size;
  const isRight = await isChainRight(bench, libvirtd, ours, parent);
  return (["full", "increment"] as const).map((kind) => ({
    name: `live-${kind === "full" ? "full" : "inc"}`,
    ours: timed[kind].ours.map((each) => each.ms),
    upstream: timed[kind].upstream.map((each) => each.ms),
    oursStall: worst(timed[kind].ours),
    upstreamStall: worst(timed[kind].upstream),
    idle,
    bytes: kind === "full" ? fullBytes : bytes,
    isRight,
  }));
}

/** Every point holds one instant of the writer; with the writer stopped, a last one is what is on the disk. */
async function isChainRight(bench: Bench, libvirtd: TestLibvirtd, side: Side, last: number): Promise<boolean> {
  const chain = (point: number) => chainName(Array.from({ length: point + 1 }, (_, each) => stored(side, each)));
  const scratch = path.join(bench.dir, "live-raw");
  const records: number[] = [];
  for (let point = 0; point <= last; point += 1) records.push(...(await readRecords([chain(point)], scratch)));
  await side.guest.run("killall writer; sync");
  await preBackupLive(bench, libvirtd, side, last);
  await keep(bench, libvirtd, side, last);
  await side.guest.destroy();
  const isGrowing = records.every((record, index) => record > (records[index - 1] ?? 0));
  return isGrowing && (await isSameContent(chain(last + 1), fileName(side.vm.disk)));
}

const idOf = (point: number) => String(point).padStart(24, "a");
const stored = ({ vm }: Side, point: number) => path.join(vm.repository, `disk.0.${point}`);

async function live(bench: Bench, libvirtd: TestLibvirtd, { vm }: Side, action: string, parent: number): Promise<void> {
  const argv = [...backupArgv(vm).slice(0, 5), "0", idOf(parent + 1)];
  await driver(bench, `tm/qcow2/${action}`, argv, documentOf(vm, parent), { LIBVIRT_DEFAULT_URI: libvirtd.uri });
}

async function preBackupLive(bench: Bench, libvirtd: TestLibvirtd, side: Side, parent: number): Promise<void> {
  await live(bench, libvirtd, side, "prebackup_live", parent);
}

/** Keep the staged file as a repository would, then clean up as the core does. */
async function keep(bench: Bench, libvirtd: TestLibvirtd, side: Side, parent: number): Promise<void> {
  await mkdir(side.vm.repository, { recursive: true });
  await copyFile(path.join(side.vm.vmDir, `backup/disk.0.${parent + 1}`), stored(side, parent + 1));
  await live(bench, libvirtd, side, "postbackup_live", parent);
  await tool("sync");
}

/** The guest overwrites isolated clusters behind the writer's region. */
async function dirty({ guest }: Side, virtualSize: number, extents: number): Promise<void> {
  const clusters = virtualSize / 65_536;
  const first = 40 * 16;
  const stride = Math.floor((clusters - first) / extents);
  const batch = 32;
  for (let from = 0; from < extents; from += batch) {
    await guest.run(
      `i=${from}; while [ $i -lt ${Math.min(extents, from + batch)} ]; do dd if=/tmp/block of=/dev/vda bs=64k count=1 seek=$((${first} + i * ${stride})) conv=notrunc oflag=direct 2>/dev/null || exit 1; i=$((i + 1)); done`,
    );
  }
}
