import fc from "fast-check";
import { expect, test } from "vitest";
import { planTick, type TickAction, type TickLimits } from "./plan-tick";

const LIMITS: TickLimits = { maxBackups: 5, maxBackupsHost: 2, maxOthers: 4 };
const backup = (id: number, hostId: number | null = 0): TickAction => ({ id, kind: "backup", hostId });
const restore = (id: number): TickAction => ({ id, kind: "restore", hostId: null });

test.each<[string, TickAction[], TickAction[], Partial<TickLimits>, number[]]>([
  ["nothing waits", [], [], {}, []],
  ["one waits", [], [backup(1)], {}, [1]],
  ["oldest first up to the limit of the host", [], [backup(1), backup(2), backup(3)], {}, [1, 2]],
  ["a full host does not hold back another", [backup(1), backup(2)], [backup(3), backup(4, 1)], {}, [4]],
  ["the limit of all hosts", [], [1, 2, 3, 4, 5, 6].map((id) => backup(id, id)), {}, [1, 2, 3, 4, 5]],
  ["running ones count", [backup(1, 1), backup(2, 2)], [3, 4, 5, 6].map((id) => backup(id, id)), {}, [3, 4, 5]],
  ["0 is no limit", [], [backup(1), backup(2), backup(3)], { maxBackups: 0, maxBackupsHost: 0 }, [1, 2, 3]],
  ["full of backups, a restore starts", [1, 2, 3, 4, 5].map((id) => backup(id, id)), [restore(6)], {}, [6]],
  ["full of restores, a backup starts", [1, 2, 3, 4].map(restore), [restore(5), backup(6)], {}, [6]],
  ["no host, no limit of a host", [], [backup(1, null), backup(2, null), backup(3, null)], {}, [1, 2, 3]],
])("%s", (_name, running, pending, limits, start) => {
  expect(planTick({ running, pending }, { ...LIMITS, ...limits }).start).toEqual(start);
});

test("reasons name the limit that holds", () => {
  const plan = planTick({ running: [backup(1), backup(2)], pending: [backup(3)] }, LIMITS);
  expect(plan.waiting.get(3)).toBe("2 backups are running on its host (limit MAX_BACKUPS_HOST 2)");
  const full = planTick({ running: [1, 2, 3, 4, 5].map((id) => backup(id, id)), pending: [backup(6, 9)] }, LIMITS);
  expect(full.waiting.get(6)).toBe("5 backups are running (limit MAX_BACKUPS 5)");
});

const kind = fc.constantFrom<TickAction["kind"]>("backup", "restore", "image-delete", "vm-delete", "instantiate");
const host = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null });
const actions = (from: number) =>
  fc
    .array(fc.record({ kind, hostId: host }), { maxLength: 14 })
    .map((rows) => rows.map((row, index): TickAction => ({ ...row, id: from + index })));
const limit = fc.integer({ min: 0, max: 6 });

test("limits are never exceeded, nothing waits without a reason or in vain, order is kept", () => {
  fc.assert(
    fc.property(
      actions(0),
      actions(100),
      fc.record({ maxBackups: limit, maxBackupsHost: limit, maxOthers: limit }),
      (running, pending, limits) => {
        const plan = planTick({ running, pending }, limits);
        const started = pending.filter((action) => plan.start.includes(action.id));
        const all = [...running, ...started];
        const count = (test: (action: TickAction) => boolean) => ({
          before: running.filter(test).length,
          after: all.filter(test).length,
        });
        const isWithin = ({ before, after }: { before: number; after: number }, max: number) =>
          max === 0 || after <= Math.max(max, before);
        const backups = count((action) => action.kind === "backup");
        const others = count((action) => action.kind !== "backup");
        expect(isWithin(backups, limits.maxBackups)).toBe(true);
        expect(isWithin(others, limits.maxOthers)).toBe(true);
        for (const id of [0, 1, 2, 3]) {
          const onHost = count((action) => action.kind === "backup" && action.hostId === id);
          expect(isWithin(onHost, limits.maxBackupsHost)).toBe(true);
        }
        expect(plan.start).toEqual(started.map((action) => action.id));
        expect([...plan.start, ...plan.waiting.keys()].sort()).toEqual(pending.map((action) => action.id).sort());
        for (const action of pending.filter((one) => plan.waiting.has(one.id))) {
          expect(plan.waiting.get(action.id)).toMatch(/limit/);
          const onHost = count((one) => one.kind === "backup" && one.hostId === action.hostId).after;
          const isHeld =
            action.kind === "backup"
              ? (limits.maxBackups > 0 && backups.after >= limits.maxBackups) ||
                (action.hostId !== null && limits.maxBackupsHost > 0 && onHost >= limits.maxBackupsHost)
              : limits.maxOthers > 0 && others.after >= limits.maxOthers;
          expect(isHeld).toBe(true);
        }
      },
    ),
  );
});
