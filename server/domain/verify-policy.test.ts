import { describe, expect, test } from "vitest";
import { planVerification, type VerifyCandidate, type VerifyPolicy, type VerifyState } from "./verify-policy";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const GIB = 1024 ** 3;
/** A Tuesday, 02:00 UTC. */
const NOW = Date.UTC(2026, 2, 3, 2);
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const policy: VerifyPolicy = {
  everyDays: 7,
  window: { days: EVERY_DAY, from: "22:00", to: "06:00", zone: "UTC" },
  atOnce: 2,
  budgetGib: null,
};

function backup(imageId: number, over: Partial<VerifyCandidate> = {}): VerifyCandidate {
  return {
    imageId,
    newestAt: NOW - imageId * HOUR,
    checkedAt: null,
    triedAt: null,
    bytes: GIB,
    isBusy: false,
    ...over,
  };
}

function plan(candidates: VerifyCandidate[], over: Partial<VerifyState> = {}) {
  return planVerification({ policy, now: NOW, candidates, active: 0, readBytes: 0, blockedBy: null, ...over });
}

describe("which backups are checked", () => {
  test("those never checked or checked too long ago, the newest points first, no more than the limit", () => {
    const found = plan([
      backup(3),
      backup(1),
      backup(2, { checkedAt: NOW - 8 * DAY }),
      backup(4, { checkedAt: NOW - DAY }),
    ]);
    expect(found).toMatchObject({ start: [1, 2], due: 3, waiting: expect.stringContaining("limit 2") });
    expect(plan([backup(1), backup(2)], { active: 1 }).start).toEqual([1]);
  });

  test("one that failed is not tried again before a day has gone", () => {
    expect(plan([backup(1, { triedAt: NOW - HOUR })])).toMatchObject({ start: [], due: 0 });
    expect(plan([backup(1, { triedAt: NOW - DAY })]).start).toEqual([1]);
  });

  test("a busy one is passed over", () => {
    expect(plan([backup(1, { isBusy: true }), backup(2)])).toMatchObject({ start: [2], due: 2 });
  });

  test("the budget ends the day, but never keeps a large backup from being checked at all", () => {
    const small = { ...policy, budgetGib: 2 };
    const three = [backup(1), backup(2), backup(3)];
    expect(plan(three, { policy: { ...small, atOnce: 8 } })).toMatchObject({
      start: [1, 2],
      waiting: expect.stringContaining("2 GiB"),
    });
    expect(plan([backup(1, { bytes: 50 * GIB })], { policy: small }).start).toEqual([1]);
    expect(plan([backup(1, { bytes: 50 * GIB })], { policy: small, readBytes: 1 }).start).toEqual([]);
  });

  test("nothing begins outside of the window or while something else comes first", () => {
    const noon = NOW + 10 * HOUR;
    expect(plan([backup(1)], { now: noon })).toMatchObject({
      start: [],
      waiting: "The window is closed.",
      nextAt: NOW + 20 * HOUR,
    });
    const blocked = plan([backup(1)], { blockedBy: "A restore runs." });
    expect(blocked).toMatchObject({ start: [], waiting: "A restore runs.", due: 1 });
  });
});

describe("when the next check may begin", () => {
  test("when the earliest is due and the window is open", () => {
    expect(plan([]).nextAt).toBeNull();
    const checkedAt = NOW - DAY;
    expect(plan([backup(1, { checkedAt })]).nextAt).toBe(NOW + 6 * DAY);
    const sundays = { ...policy, window: { ...policy.window, days: [0] } };
    // Tuesday in the small hours: the window of a Sunday night is over.
    expect(plan([backup(1)], { policy: sundays }).nextAt).toBe(Date.UTC(2026, 2, 8, 22));
  });
});
