/** Timing side by side: every round runs all contestants once, so noise of the machine hits them alike. */

export interface Contestant {
  /** The whole of what is timed; must end with its output on stable storage. */
  run(): Promise<void>;
  /** Before each round, not timed: removes outputs. */
  reset(): Promise<void>;
}

export interface Timing {
  /** Milliseconds, one per round. */
  ours: number[];
  reference: number[];
}

/** Which goes first alternates with the rounds: the second may find the device still busy with the first. */
export async function roundRobin(ours: Contestant, reference: Contestant, rounds: number): Promise<Timing> {
  const timing: Timing = { ours: [], reference: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (["ours", "reference"] as const) : (["reference", "ours"] as const);
    for (const name of order) {
      const contestant = name === "ours" ? ours : reference;
      await contestant.reset();
      const startedAt = performance.now();
      await contestant.run();
      timing[name].push(performance.now() - startedAt);
    }
  }
  return timing;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

/** Median of the ratios of the rounds, not ratio of the medians: noise of one round stays in that round. */
export function medianRatio({ ours, reference }: Timing): number {
  return median(ours.map((each, round) => each / (reference[round] ?? Number.NaN)));
}
