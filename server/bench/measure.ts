/** Timing side by side: every round runs all contestants once, so noise of the machine hits them alike. */
import { readdirSync, readFileSync } from "node:fs";
import { systemClock } from "../lib/clock";

export interface Contestant {
  /** The whole of what is timed; must end with its output on stable storage. */
  run(): Promise<void>;
  /** Before each round, not timed: removes outputs. */
  reset(): Promise<void>;
}

const SAMPLE_MS = 25;

/**
 * Milliseconds of each contestant, one per round. Which goes first moves on with the rounds: the second may find the
 * device still busy with the first.
 */
export async function roundRobin(contestants: readonly Contestant[], rounds: number): Promise<number[][]> {
  const timings = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const index = (round + turn) % contestants.length;
      const contestant = contestants[index];
      if (contestant === undefined) continue;
      await contestant.reset();
      const startedAt = performance.now();
      await contestant.run();
      timings[index]?.push(performance.now() - startedAt);
    }
  }
  return timings;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

/** Median of the ratios of the rounds, not ratio of the medians: noise of one round stays in that round. */
export function medianRatio(ours: readonly number[], other: readonly number[]): number {
  return median(ours.map((each, round) => each / (other[round] ?? Number.NaN)));
}

export interface Memory {
  /** Peak of the private memory of all processes together, MB. */
  sumMb: number;
  /** Largest RSS of one process, MB. */
  largestMb: number;
}

/** Run once more, not timed, and watch the memory of every process that it starts. */
export async function watchMemory(contestant: Contestant): Promise<Memory> {
  await contestant.reset();
  const stop = new AbortController();
  // Not helpers of the bench: esbuild's service, and the sshd that plays the backup server.
  const before = new Set(pidsBelow(process.pid));
  const peak: Memory = { sumMb: 0, largestMb: 0 };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      const now = memoryBelow(process.pid, before);
      peak.sumMb = Math.max(peak.sumMb, now.sumMb);
      peak.largestMb = Math.max(peak.largestMb, now.largestMb);
      await systemClock.sleep(SAMPLE_MS, stop.signal);
    }
  })();
  try {
    await contestant.run();
  } finally {
    stop.abort();
    await watching;
  }
  return peak;
}

function pidsBelow(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    // The name of a program may hold blanks and parentheses; the parent's pid is the second word behind it.
    const parent = /^.*\) \S+ (\d+)/s.exec(readOrEmpty(`/proc/${name}/stat`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined; at = parents.get(at)) if (at === root) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow);
}

function memoryBelow(root: number, except: ReadonlySet<number>): Memory {
  const memory: Memory = { sumMb: 0, largestMb: 0 };
  for (const pid of pidsBelow(root)) {
    if (except.has(pid)) continue;
    const status = readOrEmpty(`/proc/${pid}/status`);
    const kib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    memory.sumMb += kib("RssAnon") / 1024;
    memory.largestMb = Math.max(memory.largestMb, kib("VmRSS") / 1024);
  }
  return memory;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
