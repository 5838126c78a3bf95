import type { ActionKind } from "../action";

/** Limits of one tick; 0 means no limit. Defaults are the reference's MAX_BACKUPS and MAX_BACKUPS_HOST. */
export interface TickLimits {
  maxBackups: number;
  maxBackupsHost: number;
  /** Restores, copies and deletions at a time: they share disk and network with backups. */
  maxOthers: number;
}

export const DEFAULT_LIMITS: TickLimits = { maxBackups: 5, maxBackupsHost: 2, maxOthers: 4 };

export interface TickAction {
  id: number;
  kind: ActionKind;
  hostId: number | null;
  /** What must end first; missing: nothing. It starts after that, whatever the limits. */
  blockedBy?: string | null;
}

export interface TickState {
  /** Oldest first. */
  pending: readonly TickAction[];
  running: readonly TickAction[];
}

export interface TickPlan {
  start: number[];
  /** Why each action that stays waits. */
  waiting: Map<number, string>;
}

/**
 * Which waiting actions may start now. Pure: the scheduler, the schedule page and the simulator use this very function.
 * A full host holds back only its own VMs; a limit of one kind never holds back the other.
 */
export function planTick(state: TickState, limits: TickLimits): TickPlan {
  const backups = state.running.filter((action) => action.kind === "backup");
  let backupCount = backups.length;
  let otherCount = state.running.length - backups.length;
  const perHost = new Map<number, number>();
  for (const { hostId } of backups) if (hostId !== null) perHost.set(hostId, (perHost.get(hostId) ?? 0) + 1);

  const plan: TickPlan = { start: [], waiting: new Map() };
  for (const action of state.pending) {
    if (action.blockedBy != null) {
      plan.waiting.set(action.id, action.blockedBy);
      continue;
    }
    if (action.kind !== "backup") {
      if (isFull(otherCount, limits.maxOthers)) {
        plan.waiting.set(action.id, `${otherCount} other operations are running (limit ${limits.maxOthers})`);
        continue;
      }
      otherCount += 1;
      plan.start.push(action.id);
      continue;
    }
    const onHost = action.hostId === null ? 0 : (perHost.get(action.hostId) ?? 0);
    if (isFull(backupCount, limits.maxBackups)) {
      plan.waiting.set(action.id, `${backupCount} backups are running (limit MAX_BACKUPS ${limits.maxBackups})`);
    } else if (action.hostId !== null && isFull(onHost, limits.maxBackupsHost)) {
      plan.waiting.set(
        action.id,
        `${onHost} backups are running on its host (limit MAX_BACKUPS_HOST ${limits.maxBackupsHost})`,
      );
    } else {
      backupCount += 1;
      if (action.hostId !== null) perHost.set(action.hostId, onHost + 1);
      plan.start.push(action.id);
    }
  }
  return plan;
}

function isFull(count: number, limit: number): boolean {
  return limit > 0 && count >= limit;
}
