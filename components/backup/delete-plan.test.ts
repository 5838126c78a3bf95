import { describe, expect, test } from "vitest";
import { chainOf } from "@/components/timeline/sample-chains";
import { deletePlan } from "./delete-plan";

const chain = chainOf(176, [10, 20, 30]);

describe("deletePlan", () => {
  test("the last restorable points of the VM are a hard stop", () => {
    const plan = deletePlan(chain, []);
    expect(plan.losesLastPoint).toBe(true);
    expect(plan.consequences.join(" ")).toContain("VM web-01 loses its last restore point");
  });

  test("other chains that are broken do not count as points", () => {
    expect(deletePlan(chain, [chainOf(180, [40], { broken: [0] })]).losesLastPoint).toBe(true);
  });

  test("another good point elsewhere lifts the stop", () => {
    expect(deletePlan(chain, [chainOf(180, [40])]).losesLastPoint).toBe(false);
  });

  test("a chain of broken points takes nothing restorable away", () => {
    expect(deletePlan(chainOf(176, [10], { broken: [0] }), []).losesLastPoint).toBe(false);
  });

  test("a pinned point refuses, and says that force does not help", () => {
    const pin = { at: 1, until: null, note: "", userName: "ada" };
    const pinned = { ...chain, points: chain.points.map((point, n) => (n === 1 ? { ...point, pin } : point)) };
    expect(deletePlan(pinned, []).refusal).toMatch(/^A point of it is pinned.*force/);
    expect(deletePlan(chain, []).refusal).toBeNull();
  });

  test("counts points and bytes, and names the open chain", () => {
    const text = deletePlan({ ...chain, isOpen: true }, []).consequences.join(" ");
    expect(text).toContain("All its 3 restore points");
    expect(text).toContain("3.0 KiB are freed in backups");
    expect(text).toContain("starts a new one");
  });

  test("where equal data is stored once, the freed bytes are an upper limit", () => {
    expect(deletePlan(chain, [], true).consequences.join(" ")).toContain("3.0 KiB at most are freed in backups");
  });
});
