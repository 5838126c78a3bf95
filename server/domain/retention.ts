import { dateWords, pickByPeriod } from "./retention-periods";
import { hasGfs, policyWords, type RetentionPolicy } from "./retention-policy";

/**
 * What a retention policy does to the points of a VM, each with its reason. The core carries out exactly this after each
 * backup, and every preview shows it (drivers-and-core §2.4 for KEEP_LAST; GFS and pins are ours).
 */
export interface RetentionPoint {
  incrementId: number;
  /** Epoch ms. */
  at: number;
  /** Bytes stored for it alone. */
  bytes: number;
  /** It can be restored, as far as anybody knows. */
  isGood: boolean;
  /** Null: nobody has pinned it. `until`: epoch ms, null without end. */
  pin: { until: number | null } | null;
  /** A merge that did not end has taken it: it cannot be restored, the next merge has to take it. */
  isExpired: boolean;
}

/** One backup of the VM: a chain, or the one point of a full backup. */
export interface RetentionChain {
  imageId: number;
  /** False for a backup of FULL mode. */
  isChain: boolean;
  /** The next increment goes into it. */
  isOpen: boolean;
  /** Somebody has locked it (`one.image.lock`): nothing of it goes. */
  isLocked?: boolean;
  points: readonly RetentionPoint[];
}

export type Fate = "keep" | "merge" | "delete";

export interface PointFate {
  imageId: number;
  incrementId: number;
  at: number;
  bytes: number;
  fate: Fate;
  /** No rule wants it; it stays because of its chain. */
  isHeld: boolean;
  /** Completes "kept: …", "merged: …", "deleted: …". */
  reason: string;
}

/** The oldest points of a chain that become part of `firstId`, which keeps its id and becomes the full. */
export interface Merge {
  imageId: number;
  /** Oldest first. */
  merged: number[];
  firstId: number;
  /** Bytes that this frees at most: what the merged points have in common cannot be known before. */
  freesAtMost: number;
}

export interface RetentionPlan {
  /** Chains by image id, points by increment id, oldest first. */
  fates: PointFate[];
  merges: Merge[];
  /** Backups that go as a whole, oldest first. */
  deletions: { imageId: number; bytes: number; reason: string }[];
}

export interface RetentionInput {
  /** Every backup of the VM that is neither being deleted nor broken by a deletion. */
  chains: readonly RetentionChain[];
  policy: RetentionPolicy;
  /** Where days begin, when the policy names no zone. */
  zone: string;
  /** Epoch ms: decides which pins still count. */
  now: number;
}

/** Does a pin hold at `now`? */
export function isPinActive(pin: { until: number | null } | null, now: number): boolean {
  return pin !== null && (pin.until === null || pin.until > now);
}

/** Decide for each point. Pure; chains and points may come in any order. */
export function planRetention(input: RetentionInput): RetentionPlan {
  const chains = input.chains
    .filter((chain) => chain.points.length > 0)
    .sort((a, b) => a.imageId - b.imageId)
    .map((chain) => ({ ...chain, points: [...chain.points].sort((a, b) => a.incrementId - b.incrementId) }));
  const wanted = wantedPoints({ ...input, chains });
  const beyond = `beyond ${hasGfs(input.policy.gfs) ? policyWords(input.policy) : `KEEP_LAST ${input.policy.keepLast}`}`;
  const plan: RetentionPlan = { fates: [], merges: [], deletions: [] };
  for (const chain of chains) settleChain(plan, chain, wanted, beyond);
  return plan;
}

type Wanted = ReadonlyMap<RetentionPoint, readonly string[]>;

/** What a chain allows: it goes as a whole, or its oldest points are merged into the first that is wanted. */
function settleChain(plan: RetentionPlan, chain: RetentionChain, wanted: Wanted, beyond: string): void {
  const { imageId, points } = chain;
  const tell = (point: RetentionPoint, fate: Fate, reason: string, isHeld = false) => {
    const { incrementId, at, bytes } = point;
    plan.fates.push({ imageId, incrementId, at, bytes, fate, isHeld, reason });
  };
  if (chain.isLocked === true) {
    for (const point of points) tell(point, "keep", wanted.get(point)?.join("; ") ?? "its backup is locked");
    return;
  }
  const first = points.findIndex((point) => wanted.has(point));
  if (first === -1) {
    if (points.length === 0) return;
    plan.deletions.push({ imageId, bytes: points.reduce((sum, point) => sum + point.bytes, 0), reason: beyond });
    for (const point of points) tell(point, "delete", beyond);
    return;
  }
  const last = points.findLastIndex((point) => wanted.has(point));
  const merged = points.slice(0, first);
  const into = points[first];
  if (merged.length > 0 && into !== undefined) {
    const all = points.slice(0, first + 1).map((point) => point.bytes);
    const freesAtMost = all.reduce((sum, bytes) => sum + bytes, 0) - Math.max(...all);
    const ids = merged.map((point) => point.incrementId);
    plan.merges.push({ imageId, merged: ids, firstId: into.incrementId, freesAtMost });
  }
  for (const [index, point] of points.entries()) {
    const reasons = wanted.get(point);
    if (reasons !== undefined) tell(point, "keep", reasons.join("; "));
    else if (index < first) {
      const why = point.isExpired ? "an earlier merge has begun with it" : beyond;
      tell(point, "merge", `${why}; becomes part of increment ${into?.incrementId}`);
    } else if (index < last) {
      const next = points.slice(index).find((later) => wanted.has(later));
      const why = `needed by increment ${next?.incrementId}, which is kept: only the oldest points can be merged`;
      tell(point, "keep", why, true);
    } else tell(point, "keep", "it follows a kept point in its chain: it goes with the chain", true);
  }
}

/** Every point that something wants, with all the reasons. */
function wantedPoints({ chains, policy, zone, now }: RetentionInput): Wanted {
  const place = policy.gfs.zone ?? zone;
  const wanted = new Map<RetentionPoint, string[]>();
  const want: Want = (point, reason) => {
    // What a merge has begun with is lost, whoever wants it.
    if (!point.isExpired) wanted.set(point, [...(wanted.get(point) ?? []), reason]);
  };
  for (const { points } of chains) {
    for (const point of points) {
      if (!isPinActive(point.pin, now)) continue;
      const until = point.pin?.until ?? null;
      want(point, until === null ? "pinned" : `pinned until ${dateWords(until, place)}`);
    }
  }
  const all = chains
    .flatMap(({ points, imageId }) => points.map((point) => ({ point, imageId })))
    .sort((a, b) => b.point.at - a.point.at || b.imageId - a.imageId || b.point.incrementId - a.point.incrementId)
    .flatMap(({ point }) => (point.isExpired ? [] : [point]));
  const good = all.filter((point) => point.isGood);
  if (hasGfs(policy.gfs)) {
    wantByGfs(good, policy, place, want);
    // What cannot be restored takes nobody's place, and is not hurried away either: a check may have been wrong.
    wantByGfs(all, policy, place, (point, reason) => {
      if (!point.isGood) want(point, `${reason}, although it cannot be restored`);
    });
  } else wantByKeepLast(chains, policy.keepLast, want);

  for (const { isOpen, points } of chains) {
    const last = points.at(-1);
    if (isOpen && last !== undefined && !wanted.has(last)) want(last, "the next increment builds on it");
  }
  const [newest] = good;
  if (newest !== undefined && !wanted.has(newest)) want(newest, "the newest point that can be restored");
  // Ids only grow, clocks are put back now and then.
  const made = chains.at(-1)?.points.at(-1);
  if (made !== undefined && !wanted.has(made)) want(made, "the last that was made");
  return wanted;
}

type Want = (point: RetentionPoint, reason: string) => void;

/** @param points newest first */
function wantByGfs(points: readonly RetentionPoint[], { keepLast, gfs }: RetentionPolicy, zone: string, want: Want) {
  const instants = points.map((point) => point.at);
  for (const point of points.slice(0, keepLast))
    want(point, keepLast === 1 ? "the newest" : `one of the last ${keepLast}`);
  for (const [index, reasons] of pickByPeriod(instants, gfs, zone)) {
    const point = points[index];
    if (point !== undefined) for (const reason of reasons) want(point, reason);
  }
}

/** KEEP_LAST as the reference counts: backups of the VM, and points in the open chain. */
function wantByKeepLast(chains: readonly RetentionChain[], keepLast: number, want: Want): void {
  const kept = keepLast === 0 ? chains : chains.slice(-keepLast);
  for (const chain of chains) {
    if (keepLast === 0) for (const point of chain.points) want(point, "KEEP_LAST is not set");
    else if (chain.isOpen) for (const point of chain.points.slice(-keepLast)) want(point, lastOf(keepLast, "points"));
    else if (kept.includes(chain)) for (const point of chain.points) want(point, lastOf(keepLast, "backups"));
  }
}

function lastOf(count: number, what: "points" | "backups"): string {
  return count === 1 ? `the last of the ${what}` : `one of the last ${count} ${what}`;
}

/** What the next backup will be. */
export interface ComingBackup {
  /** Epoch ms. */
  at: number;
  type: "FULL" | "INCREMENT";
  /** It begins or continues a chain. */
  isChain: boolean;
}

/** The history with the next backup in it, and where that is: what a preview plans over. */
export function withNext(
  chains: readonly RetentionChain[],
  next: ComingBackup,
): { chains: RetentionChain[]; next: { imageId: number; incrementId: number } } {
  const open = next.type === "INCREMENT" ? chains.find((chain) => chain.isOpen) : undefined;
  const made = { at: next.at, bytes: 0, isGood: true, pin: null, isExpired: false };
  if (open !== undefined) {
    const incrementId = Math.max(-1, ...open.points.map((point) => point.incrementId)) + 1;
    const grown = { ...open, points: [...open.points, { ...made, incrementId }] };
    return {
      chains: chains.map((chain) => (chain === open ? grown : chain)),
      next: { imageId: open.imageId, incrementId },
    };
  }
  const imageId = Math.max(-1, ...chains.map((chain) => chain.imageId)) + 1;
  const begun = {
    imageId,
    isChain: next.isChain,
    isOpen: next.isChain,
    points: [{ ...made, incrementId: 0 }],
  };
  return {
    chains: [...chains.map((chain) => ({ ...chain, isOpen: false })), begun],
    next: { imageId, incrementId: 0 },
  };
}
