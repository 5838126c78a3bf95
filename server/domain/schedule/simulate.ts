import { createWorld, type World, type WorldRun } from "./simulate-world";
import { MAX_BACKUPS_SHOWN, type SimConflict, type SimInput, type SimRun, type Simulation } from "./simulation";

/**
 * What the coming time brings: every run, its backups, how many run at once and what goes wrong. Pure. The core's own
 * functions decide (`fire`, `planJobs`, `planTick`, `isInBlackout`), only the lengths of backups are predictions: it is
 * carried out twice, with the middle value and with the slowest of ten. A try that fails is not foreseen.
 */
export function simulate(input: SimInput): Simulation {
  const usual = carryOut(input, "medianMs");
  const slow = carryOut(input, "p90Ms");
  const late = new Map(slow.runs.map((run) => [keyOf(run), run]));
  const known = new Set(usual.conflicts.map(conflictKey));
  const conflicts: SimConflict[] = [
    ...usual.conflicts.map((conflict) => ({ ...conflict, isLikely: true })),
    ...slow.conflicts
      .filter((conflict) => !known.has(conflictKey(conflict)))
      .map((conflict) => ({ ...conflict, isLikely: false })),
  ];
  return {
    runs: usual.runs
      .map((run) => toRun(run, late.get(keyOf(run)) ?? null))
      .sort((a, b) => a.at - b.at || a.scheduleId - b.scheduleId),
    load: usual.load,
    conflicts: conflicts.sort((a, b) => a.at - b.at),
    reached: Math.min(usual.now, slow.now),
  };
}

function carryOut(input: SimInput, length: "medianMs" | "p90Ms"): World {
  const world = createWorld(input, length);
  while (world.step());
  return world;
}

function toRun(run: WorldRun, late: WorldRun | null): SimRun {
  const { scheduleId, parentType, parentId, parentName, action, at, beginsAt, backups, isGuess } = run;
  return {
    ...{ scheduleId, parentType, parentId, parentName, action, at, beginsAt, isGuess },
    endsAt: run.isOver ? run.lastEnd : null,
    lateEndsAt: late?.isOver === true ? late.lastEnd : null,
    backups: backups.slice(0, MAX_BACKUPS_SHOWN),
    backupCount: backups.length,
  };
}

function keyOf(run: { scheduleId: number; at: number }): string {
  return `${run.scheduleId} ${run.at}`;
}

/** The same trouble of the same run is told once, whatever the moment. */
function conflictKey({ kind, parentType, parentId, scheduleId, slot }: World["conflicts"][number]): string {
  return `${kind} ${parentType} ${parentId} ${scheduleId} ${slot}`;
}
