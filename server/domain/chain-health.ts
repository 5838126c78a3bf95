import type { Chain } from "./backup";

/**
 * How well a chain would serve a restore, from 100 (nothing to do) to 0. Each part takes points for one thing that makes
 * a restore slower, larger or less sure, and names what mends it; the rest of the screen shows the parts, never the
 * score alone.
 */
export interface ChainHealth {
  score: number;
  /** What takes points, the most first. */
  losses: HealthLoss[];
}

export interface HealthLoss {
  part: "broken" | "error" | "unchecked" | "length" | "age" | "churn";
  points: number;
  /** A sentence with the figures it was judged by. */
  text: string;
  remedy: "new-chain" | "verify" | "keep-less" | null;
}

const DAY_MS = 86_400_000;

/** Where a part begins to take points, and where it takes all of its points. */
const LENGTH = { from: 14, to: 60, most: 25 };
const AGE_DAYS = { from: 30, to: 180, most: 20 };
const CHECK_DAYS = { from: 30, to: 120, most: 20 };
/** Share of the full that the latest increments store on average. */
const CHURN = { from: 0.3, to: 1, most: 15 };
const CHURN_SAMPLE = 5;
const BROKEN_POINTS = 50;
const ERROR_POINTS = 25;

/** Judge a chain at `now` (epoch ms); null for what is no chain or has no point. */
export function chainHealth(chain: Chain, now: number): ChainHealth | null {
  const [full] = chain.points;
  if (!chain.isChain || full === undefined) return null;
  const losses = [broken(chain), failed(chain), checked(chain, now), length(chain), age(full.at, now), churn(chain)]
    .flatMap((loss) => loss ?? [])
    .filter((loss) => loss.points > 0)
    .sort((a, b) => b.points - a.points);
  return { score: Math.max(0, 100 - losses.reduce((sum, loss) => sum + loss.points, 0)), losses };
}

function broken({ points }: Chain): HealthLoss | null {
  const count = points.filter((point) => point.broken !== null || point.verification === "failed").length;
  if (count === 0) return null;
  const text = `${count} of ${points.length} points cannot be restored.`;
  return { part: "broken", points: BROKEN_POINTS, text, remedy: "new-chain" };
}

function failed({ error }: Chain): HealthLoss | null {
  if (error === null) return null;
  return { part: "error", points: ERROR_POINTS, text: "The last operation on it failed.", remedy: null };
}

/** The files of a point that were read again are those of every older point, too. */
function checked({ points }: Chain, now: number): HealthLoss {
  const times = points.flatMap((point) => point.verifiedAt ?? []);
  if (times.length === 0) {
    const [full] = points;
    const days = full === undefined ? 0 : Math.floor((now - full.at) / DAY_MS);
    const text = "Its stored files were never read again.";
    // A chain of today needs no second look yet.
    return { part: "unchecked", points: days < 1 ? 0 : CHECK_DAYS.most, text, remedy: "verify" };
  }
  const days = Math.floor((now - Math.max(...times)) / DAY_MS);
  const text = `Its stored files were last read again ${days} days ago.`;
  return { part: "unchecked", points: share(CHECK_DAYS, days), text, remedy: "verify" };
}

function length({ points }: Chain): HealthLoss {
  const text = `A restore of its newest point reads ${points.length} files of each disk.`;
  return { part: "length", points: share(LENGTH, points.length), text, remedy: "keep-less" };
}

function age(fullAt: number, now: number): HealthLoss {
  const days = Math.floor((now - fullAt) / DAY_MS);
  return {
    part: "age",
    points: share(AGE_DAYS, days),
    text: `Every point needs its full, which is ${days} days old.`,
    remedy: "new-chain",
  };
}

function churn({ points: [full, ...increments] }: Chain): HealthLoss | null {
  const latest = increments.slice(-CHURN_SAMPLE);
  if (full === undefined || full.storedBytes === 0 || latest.length === 0) return null;
  const mean = latest.reduce((sum, point) => sum + point.storedBytes, 0) / latest.length / full.storedBytes;
  const which = latest.length === 1 ? "Its latest increment stores" : `Its latest ${latest.length} increments store`;
  const text = `${which} ${Math.round(100 * mean)} % of the full${latest.length === 1 ? "" : " each, on average"}.`;
  return { part: "churn", points: share(CHURN, mean), text, remedy: "keep-less" };
}

function share({ from, to, most }: { from: number; to: number; most: number }, value: number): number {
  return Math.round(most * Math.min(1, Math.max(0, (value - from) / (to - from))));
}
