/** What the writes of a guest feel: the histogram that QEMU keeps of their latency, read over its monitor. */
import { z } from "zod";
import type { TestLibvirtd } from "../drivers/testing/libvirtd";

/** Upper ends of the bins, ns: 0.1 ms and a quarter more each, to 10 s. */
const BOUNDARIES = Array.from({ length: 52 }, (_, index) => Math.round(100_000 * 1.25 ** index));

export interface Stall {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  writes: number;
}

export interface Watched {
  ms: number;
  stall: Stall;
}

/** Time `work` with the other guest suspended, and the latency of this one's writes. */
export async function watched(
  libvirtd: TestLibvirtd,
  { domain }: { domain: string },
  other: { domain: string },
  work: () => Promise<unknown>,
): Promise<Watched> {
  await libvirtd.virsh("suspend", other.domain);
  try {
    const device = await deviceOf(libvirtd, domain);
    await qmp(libvirtd, domain, "block-latency-histogram-set", { id: device, "boundaries-write": BOUNDARIES });
    const startedAt = performance.now();
    await work();
    return { ms: performance.now() - startedAt, stall: await stallOf(libvirtd, domain) };
  } finally {
    await libvirtd.virsh("resume", other.domain);
  }
}

async function qmp(libvirtd: TestLibvirtd, domain: string, execute: string, args: object = {}): Promise<unknown> {
  const answer: unknown = JSON.parse(
    await libvirtd.virsh("qemu-monitor-command", domain, JSON.stringify({ execute, arguments: args })),
  );
  return z.object({ return: z.unknown() }).parse(answer).return;
}

const Stats = z.array(
  z.object({
    qdev: z.string().optional(),
    stats: z.object({ wr_latency_histogram: z.object({ bins: z.array(z.number()) }).optional() }),
  }),
);

/** The only disk; the guest has no other device that writes. */
async function deviceOf(libvirtd: TestLibvirtd, domain: string): Promise<string> {
  const devices = Stats.parse(await qmp(libvirtd, domain, "query-blockstats")).flatMap(({ qdev }) => qdev ?? []);
  const [device] = devices;
  if (device === undefined) throw new Error(`${domain} has no disk`);
  return device;
}

async function stallOf(libvirtd: TestLibvirtd, domain: string): Promise<Stall> {
  const stats = Stats.parse(await qmp(libvirtd, domain, "query-blockstats"));
  const bins = stats.find(({ stats: each }) => each.wr_latency_histogram !== undefined)?.stats.wr_latency_histogram
    ?.bins;
  return stallIn(bins ?? []);
}

/** Bin n ends at BOUNDARIES[n]; the last has no end. */
export function stallIn(bins: readonly number[]): Stall {
  const writes = bins.reduce((sum, count) => sum + count, 0);
  const at = (share: number) => {
    let seen = 0;
    for (const [index, count] of bins.entries()) {
      seen += count;
      if (count > 0 && seen >= writes * share) return (BOUNDARIES[index] ?? Number.POSITIVE_INFINITY) / 1e6;
    }
    return 0;
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), writes };
}

/** Of the round with the worst p99. */
export function worst(rounds: readonly Watched[]): Stall {
  const stalls = rounds.map(({ stall }) => stall).sort((a, b) => b.p99Ms - a.p99Ms);
  return stalls[0] ?? stallIn([]);
}
