import { describe, expect, it } from "vitest";
import type { Chain, RestorePoint } from "./backup";
import { chainHealth } from "./chain-health";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);

function chainWith(count: number, more: Partial<RestorePoint> = {}, ageDays = count): Chain {
  const points = Array.from({ length: count }, (_, incrementId): RestorePoint => {
    const isFull = incrementId === 0;
    return {
      imageId: 7,
      incrementId,
      parentId: incrementId - 1,
      type: isFull ? "FULL" : "INCREMENT",
      at: NOW - ageDays * DAY + (incrementId * ageDays * DAY) / count,
      storedBytes: isFull ? 1000 : 10,
      restoreBytes: 0,
      guestBytes: 0,
      source: "",
      verification: "verified",
      verifiedAt: NOW - DAY,
      verifyActionId: null,
      verificationNote: null,
      bootCheck: null,
      diskIds: [0],
      frozenMs: null,
      actionId: null,
      broken: null,
      ...more,
    };
  });
  const names = { name: "", vmId: 1, vmName: "", datastoreId: 1, datastoreName: "" };
  return { imageId: 7, ...names, isChain: true, isOpen: true, state: "READY", storedBytes: 0, points, error: null };
}
const lost = (chain: Chain) => chainHealth(chain, NOW)?.losses.map(({ part, points }) => [part, points]);

describe("chainHealth", () => {
  it("a short chain, young and checked, loses nothing", () => {
    expect(chainHealth(chainWith(8), NOW)).toEqual({ score: 100, losses: [] });
  });

  it.each<[string, Chain, (string | number)[][]]>([
    [
      "a long chain",
      chainWith(37),
      [
        ["length", 13],
        ["age", 1],
      ],
    ],
    ["the longest", chainWith(60, {}, 10), [["length", 25]]],
    ["an old full", chainWith(5, {}, 180), [["age", 20]]],
    ["files that were never read again", chainWith(5, { verifiedAt: null }), [["unchecked", 20]]],
    ["files that were read long ago", chainWith(5, { verifiedAt: NOW - 75 * DAY }), [["unchecked", 10]]],
    ["large increments", chainWith(5, { storedBytes: 1000 }), [["churn", 15]]],
    ["a broken point", chainWith(5, { broken: "gone" }), [["broken", 50]]],
    ["a failed operation", { ...chainWith(5), error: "no space" }, [["error", 25]]],
  ])("%s takes its points, and only those", (_, chain, losses) => {
    expect(lost(chain)).toEqual(losses);
  });

  it("names the worst first, with the figures, and never goes below 0", () => {
    const worst = { ...chainWith(60, { broken: "gone", verifiedAt: null, storedBytes: 5 }, 400), error: "failed" };
    const health = chainHealth(worst, NOW);
    expect(health?.score).toBe(0);
    expect(health?.losses[0]?.text).toBe("60 of 60 points cannot be restored.");
    expect(health?.losses.map((loss) => loss.text)).toContain("Every point needs its full, which is 400 days old.");
  });

  it("a chain of today is not asked to be read again; a single full is no chain", () => {
    expect(lost(chainWith(2, { verifiedAt: null }, 0.5))).toEqual([]);
    expect(chainHealth({ ...chainWith(1), isChain: false }, NOW)).toBeNull();
    expect(chainHealth(chainWith(0), NOW)).toBeNull();
  });
});
