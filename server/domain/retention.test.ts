import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, test } from "vitest";
import { planRetention, type RetentionChain, type RetentionPlan, type RetentionPoint, withNext } from "./retention";
import { type Gfs, hasGfs, NO_GFS, PERIODS, type Period, policyWords, type RetentionPolicy } from "./retention-policy";

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
const gfs = (part: Partial<Gfs>): Gfs => ({ ...NO_GFS, ...part });
const plan = (chains: RetentionChain[], policy: Partial<RetentionPolicy>, now = START + 1000 * DAY) =>
  planRetention({ chains, policy: { keepLast: 0, gfs: NO_GFS, ...policy }, zone: "UTC", now });
const words = ({ fates }: RetentionPlan) =>
  fates.map((fate) => `${fate.imageId}.${fate.incrementId} ${fate.fate}: ${fate.reason}`);
const fulls = (count: number, every = DAY): RetentionChain[] =>
  Array.from({ length: count }, (_, n) => ({
    imageId: n,
    isChain: false,
    isOpen: false,
    points: [point(0, START + n * every)],
  }));
const openChain = (points: RetentionPoint[], imageId = 7): RetentionChain => ({
  imageId,
  isChain: true,
  isOpen: true,
  points,
});

describe("KEEP_LAST alone", () => {
  test("0 keeps everything", () => {
    expect(words(plan(fulls(2), {}))).toEqual(["0.0 keep: KEEP_LAST is not set", "1.0 keep: KEEP_LAST is not set"]);
  });

  test("counts backups, and points in the open chain", () => {
    const chains = [...fulls(3), openChain([0, 1, 2, 3].map((id) => point(id, START + (5 + id) * DAY)))];
    const made = plan(chains, { keepLast: 2 });
    expect(words(made)).toEqual([
      "0.0 delete: beyond KEEP_LAST 2",
      "1.0 delete: beyond KEEP_LAST 2",
      "2.0 keep: one of the last 2 backups",
      "7.0 merge: beyond KEEP_LAST 2; becomes part of increment 2",
      "7.1 merge: beyond KEEP_LAST 2; becomes part of increment 2",
      "7.2 keep: one of the last 2 points",
      "7.3 keep: one of the last 2 points",
    ]);
    expect(made.merges).toEqual([{ imageId: 7, merged: [0, 1], firstId: 2, freesAtMost: 20 }]);
    expect(made.deletions.map((deletion) => deletion.imageId)).toEqual([0, 1]);
  });

  test("a merge that did not end goes on, also when the policy has become generous", () => {
    const chain = openChain([point(0, 1, { isExpired: true, isGood: false }), point(1, 2)]);
    expect(plan([chain], { keepLast: 9 }).merges).toMatchObject([{ merged: [0], firstId: 1 }]);
    expect(words(plan([chain], { keepLast: 0 }))[0]).toBe(
      "7.0 merge: an earlier merge has begun with it; becomes part of increment 1",
    );
  });
});

describe("GFS", () => {
  test("keeps the newest of each period, and says of which", () => {
    const made = plan(fulls(10), { keepLast: 1, gfs: gfs({ daily: 2, weekly: 2, monthly: 1 }) });
    expect(words(made)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((id) => `${id}.0 delete: beyond the last 1, daily 2, weekly 2, monthly 1`),
      "6.0 keep: weekly, week 43 of 2025",
      "7.0 delete: beyond the last 1, daily 2, weekly 2, monthly 1",
      "8.0 keep: daily, 28 Oct 2025",
      "9.0 keep: the newest; daily, 29 Oct 2025; weekly, week 44 of 2025; monthly, October 2025",
    ]);
  });

  test("days begin where the policy says", () => {
    // 01:30 and 22:45 UTC: one day there, two in Madrid.
    const chains = [point(0, START), point(0, START + 21.25 * HOUR), point(0, START + DAY)].map((one, imageId) => ({
      imageId,
      isChain: false,
      isOpen: false,
      points: [one],
    }));
    const kept = (zone: string | null) =>
      plan(chains, { gfs: gfs({ daily: 9, zone }) })
        .fates.filter((fate) => fate.fate === "keep")
        .map((fate) => fate.imageId);
    expect(kept(null)).toEqual([1, 2]);
    expect(kept("Europe/Madrid")).toEqual([0, 2]);
  });

  test("a point that cannot be restored takes nobody's place, and is not deleted before its time", () => {
    const chains = fulls(2, HOUR).map((chain) => ({
      ...chain,
      points: chain.points.map((one) => ({ ...one, isGood: chain.imageId === 0 })),
    }));
    expect(words(plan(chains, { gfs: gfs({ daily: 1 }) }))).toEqual([
      "0.0 keep: daily, 20 Oct 2025",
      "1.0 keep: daily, 20 Oct 2025, although it cannot be restored",
    ]);
    const later = [...chains, ...fulls(3).slice(2)];
    expect(plan(later, { gfs: gfs({ daily: 1 }) }).deletions.map((deletion) => deletion.imageId)).toEqual([0, 1]);
  });

  test("in a chain the oldest are merged, and what lies between kept ones stays with the reason", () => {
    const made = plan([openChain([0, 1, 2, 3, 4].map((id) => point(id, START + id * DAY)))], {
      gfs: gfs({ weekly: 1 }),
      keepLast: 1,
    });
    expect(made.merges).toMatchObject([{ merged: [0, 1, 2, 3], firstId: 4 }]);
    const pinned = plan(
      [openChain([0, 1, 2, 3, 4].map((id) => point(id, START + id * DAY, id === 2 ? { pin: { until: null } } : {})))],
      { gfs: gfs({ weekly: 1 }), keepLast: 1 },
    );
    expect(words(pinned)).toEqual([
      "7.0 merge: beyond the last 1, weekly 1; becomes part of increment 2",
      "7.1 merge: beyond the last 1, weekly 1; becomes part of increment 2",
      "7.2 keep: pinned",
      "7.3 keep: needed by increment 4, which is kept: only the oldest points can be merged",
      "7.4 keep: the newest; weekly, week 43 of 2025",
    ]);
    expect(pinned.fates.map((fate) => fate.isHeld)).toEqual([false, false, false, true, false]);
  });

  test("a closed chain goes when nothing in it is wanted; what follows its last kept point stays", () => {
    const closed = (imageId: number, from: number): RetentionChain => ({
      imageId,
      isChain: true,
      isOpen: false,
      points: [0, 1, 2].map((id) => point(id, START + (from + id) * DAY)),
    });
    const chains = [closed(0, 0), closed(1, 3), closed(2, 30)];
    chains[1] = {
      ...closed(1, 3),
      points: closed(1, 3).points.map((one, n) => ({ ...one, pin: n === 1 ? { until: START + 99 * DAY } : null })),
    };
    const made = plan(chains, { keepLast: 3, gfs: gfs({ hourly: 1 }) }, START + 40 * DAY);
    expect(made.deletions.map((deletion) => deletion.imageId)).toEqual([0]);
    expect(words(made).slice(3, 6)).toEqual([
      "1.0 merge: beyond the last 3, hourly 1; becomes part of increment 1",
      "1.1 keep: pinned until 27 Jan 2026",
      "1.2 keep: it follows a kept point in its chain: it goes with the chain",
    ]);
    expect(made.fates.map((fate) => fate.isHeld).slice(3, 6)).toEqual([false, false, true]);
    expect(plan(chains, { keepLast: 3, gfs: gfs({ hourly: 1 }) }, START + 99 * DAY).deletions).toHaveLength(2);
  });

  test("an hour that daylight saving repeats is two hours; a year's last days may be in week 1", () => {
    const at = [Date.UTC(2025, 9, 26, 0, 30), Date.UTC(2025, 9, 26, 1, 30), Date.UTC(2025, 11, 30)];
    const chains = at.map((one, imageId) => ({ imageId, isChain: false, isOpen: false, points: [point(0, one)] }));
    const made = plan(chains, { gfs: gfs({ hourly: 3, weekly: 1, zone: "Europe/Madrid" }) });
    expect(made.fates.map((fate) => fate.reason)).toEqual([
      "hourly, 26 Oct 2025 02:00",
      "hourly, 26 Oct 2025 02:00",
      "hourly, 30 Dec 2025 01:00; weekly, week 1 of 2026",
    ]);
  });
});

test("the newest good point and the end of the open chain stay, whatever the policy", () => {
  const bad = openChain([point(0, START), point(1, START + 1, { isGood: false })]);
  expect(words(plan([bad], { keepLast: 1 }))).toEqual([
    "7.0 keep: the newest point that can be restored",
    "7.1 keep: the last of the points",
  ]);
  const twoYears = openChain([point(0, START + 400 * DAY), point(1, START, { isGood: false })]);
  expect(words(plan([twoYears], { gfs: gfs({ yearly: 1 }) }))[1]).toBe("7.1 keep: the next increment builds on it");
});

test("a backup made after the clock was put back is not taken for an old one; an image without points counts for nothing", () => {
  const chains = [...fulls(3), { imageId: 9, isChain: false, isOpen: false, points: [point(0, 1000)] }];
  expect(words(plan(chains, { gfs: gfs({ daily: 1 }) })).slice(2)).toEqual([
    "2.0 keep: daily, 22 Oct 2025",
    "9.0 keep: the last that was made",
  ]);
  const empty = { imageId: 9, isChain: true, isOpen: false, points: [] };
  expect(plan([...fulls(2), empty], { keepLast: 1 }).fates.map((fate) => fate.fate)).toEqual(["delete", "keep"]);
});

test("the policy in words", () => {
  expect(policyWords({ keepLast: 0, gfs: NO_GFS })).toBe("everything");
  expect(policyWords({ keepLast: 3, gfs: NO_GFS })).toBe("the last 3");
  expect(policyWords({ keepLast: 0, gfs: gfs({ daily: 7, yearly: 2 }) })).toBe("daily 7, yearly 2");
});

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
