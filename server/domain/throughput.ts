/** A moment of a run, epoch ms, and how fast it moved bytes about then, bytes a second. */
export interface RateSample {
  at: number;
  rate: number;
}

const MOST = 60;
const FIRST_STEP_MS = 1_000;

/**
 * The samples with one more, at most MOST: when there are too many, each two become one, so that the distance between them
 * doubles and a run of a day has as many as one of a minute. One that comes too early is not taken.
 */
export function addRate(samples: readonly RateSample[], sample: RateSample): RateSample[] {
  const [first, second] = samples;
  const last = samples.at(-1);
  const step = first === undefined || second === undefined ? FIRST_STEP_MS : second.at - first.at;
  if (last !== undefined && sample.at - last.at < step) return [...samples];
  const all = [...samples, { at: sample.at, rate: Math.round(sample.rate) }];
  if (all.length <= MOST) return all;
  const pairs: RateSample[] = [];
  for (let index = 0; index + 1 < all.length; index += 2) {
    const [a, b] = [all[index], all[index + 1]];
    if (a !== undefined && b !== undefined) pairs.push({ at: a.at, rate: Math.round((a.rate + b.rate) / 2) });
  }
  return pairs;
}
