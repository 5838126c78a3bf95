import { describe, expect, test } from "vitest";
import { planRetention, type RetentionChain, type RetentionPlan, type RetentionPoint } from "./retention";
import { type Gfs, NO_GFS, policyWords, type RetentionPolicy } from "./retention-policy";

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

test("of a locked backup nothing goes", () => {
  const locked = { ...openChain([0, 1, 2].map((id) => point(id, START + id * DAY))), isLocked: true };
  const made = plan([...fulls(1).map((chain) => ({ ...chain, isLocked: true })), locked], {
    keepLast: 1,
  });
  expect({ merges: made.merges, deletions: made.deletions }).toEqual({ merges: [], deletions: [] });
  expect(words(made)).toEqual([
    "0.0 keep: its backup is locked",
    "7.0 keep: its backup is locked",
    "7.1 keep: its backup is locked",
    "7.2 keep: the last of the points",
  ]);
});

test("the policy in words", () => {
  expect(policyWords({ keepLast: 0, gfs: NO_GFS })).toBe("everything");
  expect(policyWords({ keepLast: 3, gfs: NO_GFS })).toBe("the last 3");
  expect(policyWords({ keepLast: 0, gfs: gfs({ daily: 7, yearly: 2 }) })).toBe("daily 7, yearly 2");
});
