import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { expect, test } from "vitest";
import { planRetention, type RetentionChain, type RetentionPlan, type RetentionPoint, withNext } from "./retention";
import { hasGfs, NO_GFS, PERIODS, type Period, type RetentionPolicy } from "./retention-policy";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 9, 20, 1, 30);

const point = (incrementId: number, at: number, part: Partial<RetentionPoint> = {}): RetentionPoint => ({
  incrementId,
  at,
  bytes: 10,
  isGood: true,
  pin: null,
  isExpired: false,
  ...part,
});
const words = ({ fates }: RetentionPlan) =>
  fates.map((fate) => `${fate.imageId}.${fate.incrementId} ${fate.fate}: ${fate.reason}`);

/* The rules once more, written apart: groups instead of a walk, Temporal instead of Intl, one merge at a time. */

type Keys = Record<Period, string>;
/** Temporal is slow, and every night looks at every point again. */
const known = new Map<string, Keys>();

function keysOf(at: number, zone: string): Keys {
  const found = known.get(`${zone} ${at}`);
  if (found !== undefined) return found;
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const date = time.toPlainDate();
  const keys = {
    hourly: `${date} ${time.hour} ${time.offset}`,
    daily: date.toString(),
    weekly: `${date.yearOfWeek}-${date.weekOfYear}`,
    monthly: date.toPlainYearMonth().toString(),
    yearly: String(date.year),
  };
  known.set(`${zone} ${at}`, keys);
  return keys;
}

interface Model {
  left: Map<number, number[]>;
}

function byHand(chains: readonly RetentionChain[], policy: RetentionPolicy, zone: string, now: number): Model {
  const all = chains.flatMap((chain) => chain.points.map((one) => ({ ...one, chain })));
  const isSame = (a: { chain: RetentionChain; incrementId: number }, b: typeof a) =>
    a.chain.imageId === b.chain.imageId && a.incrementId === b.incrementId;
  const age = [...all].sort(
    (a, b) => a.at - b.at || a.chain.imageId - b.chain.imageId || a.incrementId - b.incrementId,
  );
  const good = age.filter((one) => one.isGood && !one.isExpired);
  const wanted: typeof all = all.filter(({ pin }) => pin !== null && (pin.until === null || now < pin.until));
  if (hasGfs(policy.gfs)) {
    const present = age.filter((one) => !one.isExpired);
    for (const list of [good, present]) {
      const picked: typeof all = policy.keepLast > 0 ? list.slice(-policy.keepLast) : [];
      for (const period of PERIODS) {
        const newest = new Map<string, (typeof all)[number]>();
        for (const one of list) newest.set(keysOf(one.at, policy.gfs.zone ?? zone)[period], one);
        const groups = [...newest.values()].sort((a, b) => list.indexOf(a) - list.indexOf(b));
        picked.push(...groups.slice(Math.max(0, groups.length - policy.gfs[period])));
      }
      wanted.push(...picked.filter((one) => list === good || !one.isGood));
    }
  } else if (policy.keepLast === 0) wanted.push(...all);
  else {
    const images = chains.map((chain) => chain.imageId).sort((a, b) => a - b);
    while (images.length > policy.keepLast) images.shift();
    for (const chain of chains) {
      const ids = chain.points.map((one) => one.incrementId).sort((a, b) => a - b);
      while (chain.isOpen && ids.length > policy.keepLast) ids.shift();
      if (chain.isOpen || images.includes(chain.imageId)) {
        wanted.push(...all.filter((one) => one.chain === chain && ids.includes(one.incrementId)));
      }
    }
  }
  for (const chain of chains) {
    const end = Math.max(...chain.points.map((one) => one.incrementId));
    if (chain.isOpen) wanted.push(...all.filter((one) => one.chain === chain && one.incrementId === end));
  }
  wanted.push(...good.slice(-1));
  const newestImage = Math.max(...chains.map((chain) => chain.imageId));
  const inIt = all.filter((one) => one.chain.imageId === newestImage);
  wanted.push(...inIt.filter((one) => inIt.every((other) => other.incrementId <= one.incrementId)));
  const left = new Map<number, number[]>();
  for (const chain of chains) {
    const isWanted = (id: number) =>
      wanted.some((one) => !one.isExpired && isSame(one, { chain, incrementId: id } as (typeof all)[number]));
    const ids = chain.points.map((one) => one.incrementId).sort((a, b) => a - b);
    if (!ids.some(isWanted)) continue;
    for (let oldest = ids[0]; oldest !== undefined && !isWanted(oldest); oldest = ids[0]) ids.shift();
    left.set(chain.imageId, ids);
  }
  return { left };
}

const ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"];
const zone = fc.constantFrom(...ZONES);
const count = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }));
const policies: fc.Arbitrary<RetentionPolicy> = fc.record({
  keepLast: count,
  gfs: fc.oneof(
    fc.constant(NO_GFS),
    fc.record({
      hourly: count,
      daily: count,
      weekly: count,
      monthly: count,
      yearly: count,
      zone: fc.option(zone),
    }),
  ),
});

const seldom = (oneIn: number) => fc.integer({ min: 1, max: oneIn }).map((n) => n === oneIn);

/** What happens to a VM from one backup to the next. */
const night = fc.record({
  afterMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 3 * HOUR }) },
    { weight: 5, arbitrary: fc.integer({ min: HOUR, max: 3 * DAY }) },
    { weight: 5, arbitrary: fc.integer({ min: DAY, max: 90 * DAY }) },
    // The clock was put back.
    { weight: 1, arbitrary: fc.integer({ min: -60 * DAY, max: -1 }) },
  ),
  isFull: seldom(5),
  isFullMode: seldom(10),
  policy: fc.tuple(seldom(8), policies).map(([changes, policy]) => (changes ? policy : null)),
  merges: fc.constantFrom("done", "done", "done", "left", "half"),
  isBroken: seldom(10),
  pin: fc
    .tuple(seldom(6), fc.nat(50), fc.option(fc.integer({ min: -1, max: 60 }), { freq: 3 }))
    .map(([isMade, which, days]) => (isMade ? { which, days } : null)),
});

interface World {
  chains: RetentionChain[];
  now: number;
}

/** Point -> which backups its content is made of: merging must leave that of every point that stays. */
const contentOf = (chains: readonly RetentionChain[]) =>
  new Map<string, number>(
    chains.flatMap((chain) => chain.points.map((one) => [`${chain.imageId}.${one.incrementId}`, one.at] as const)),
  );

function carryOut(world: World, made: RetentionPlan, how: "done" | "left" | "half"): void {
  if (how === "left") return; // the chain was being read: nothing is done this time
  const gone = new Set(made.deletions.map((deletion) => deletion.imageId));
  world.chains = world.chains
    .filter((chain) => !gone.has(chain.imageId))
    .map((chain) => {
      const merge = made.merges.find((one) => one.imageId === chain.imageId);
      if (merge === undefined) return chain;
      if (how === "half") {
        const marked = chain.points.map((one) =>
          merge.merged.includes(one.incrementId) ? { ...one, isExpired: true, isGood: false } : one,
        );
        return { ...chain, points: marked };
      }
      return { ...chain, points: chain.points.filter((one) => !merge.merged.includes(one.incrementId)) };
    });
}

test("random histories: the plan is the model's, the preview is the plan, pins hold, nothing needed goes", () => {
  let merged = 0;
  let deleted = 0;
  fc.assert(
    fc.property(policies, zone, fc.array(night, { minLength: 20, maxLength: 40 }), (first, place, nights) => {
      const world: World = { chains: [], now: START };
      let policy = first;
      let nextImage = 0;
      for (const each of nights) {
        world.now += each.afterMs;
        policy = each.policy ?? policy;
        const open = world.chains.find((chain) => chain.isOpen);
        const isChain = !each.isFullMode;
        const type = each.isFull || !isChain || open === undefined ? ("FULL" as const) : ("INCREMENT" as const);
        const input = { policy, zone: place, now: world.now };
        const preview = withNext(world.chains, { at: world.now, type, isChain });
        const announced = planRetention({ ...input, chains: preview.chains });

        // The backup itself, by hand; image ids only grow, as those of the core do.
        if (type === "INCREMENT" && open !== undefined) {
          const id = Math.max(...open.points.map((one) => one.incrementId)) + 1;
          world.chains = world.chains.map((chain) =>
            chain === open ? { ...chain, points: [...chain.points, point(id, world.now, { bytes: 0 })] } : chain,
          );
        } else {
          nextImage = Math.max(nextImage, ...world.chains.map((chain) => chain.imageId + 1));
          world.chains = world.chains.map((chain) => ({ ...chain, isOpen: false }));
          world.chains.push({
            imageId: nextImage,
            isChain,
            isOpen: isChain,
            points: [point(0, world.now, { bytes: 0 })],
          });
        }
        const made = planRetention({ ...input, chains: world.chains });
        expect(words(made)).toEqual(words(announced));

        const model = byHand(world.chains, policy, place, world.now);
        const kept = made.fates.filter((fate) => fate.fate === "keep");
        const left = new Map<number, number[]>();
        for (const { imageId, incrementId } of kept) left.set(imageId, [...(left.get(imageId) ?? []), incrementId]);
        expect(left).toEqual(new Map([...model.left].sort(([a], [b]) => a - b)));

        for (const { imageId, merged: ids, firstId } of made.merges) {
          const points = world.chains.find((chain) => chain.imageId === imageId)?.points ?? [];
          const older = points.filter((one) => one.incrementId < firstId).map((one) => one.incrementId);
          expect(ids).toEqual(older);
          expect(kept.some((fate) => fate.imageId === imageId && fate.incrementId === firstId)).toBe(true);
          merged += ids.length;
        }
        deleted += made.deletions.length;
        const pinned = world.chains.flatMap((chain) =>
          chain.points
            .filter((one) => one.pin !== null && !one.isExpired && (one.pin.until ?? Number.MAX_VALUE) > world.now)
            .map((one) => `${chain.imageId}.${one.incrementId}`),
        );
        const before = contentOf(world.chains);
        carryOut(world, made, each.merges);
        const after = contentOf(world.chains);
        for (const key of pinned) expect(after.get(key)).toBe(before.get(key));
        expect([...after.values()]).toContain(world.now);
        // What is carried out once is not wanted again.
        if (each.merges === "done") {
          const again = planRetention({ ...input, chains: world.chains });
          expect({ merges: again.merges, deletions: again.deletions }).toEqual({ merges: [], deletions: [] });
        }

        const target = each.pin === null ? undefined : kept[each.pin.which % Math.max(1, kept.length)];
        if (target !== undefined && each.pin !== null) {
          const until = each.pin.days === null ? null : world.now + each.pin.days * DAY;
          world.chains = world.chains.map((chain) => ({
            ...chain,
            points: chain.points.map((one) =>
              chain.imageId === target.imageId && one.incrementId === target.incrementId
                ? { ...one, pin: { until } }
                : one,
            ),
          }));
        }
        if (each.isBroken) {
          const [chain] = world.chains;
          world.chains = world.chains.map((one) =>
            one === chain ? { ...one, points: one.points.map((p, n) => (n === 0 ? { ...p, isGood: false } : p)) } : one,
          );
        }
      }
    }),
    { numRuns: 40 },
  );
  expect(merged).toBeGreaterThan(20);
  expect(deleted).toBeGreaterThan(20);
}, 60_000);
