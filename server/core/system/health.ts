import type { Core } from "../core";
import { currentLeader, silentSeconds } from "../leader/lease";

/** A pass takes well under a second, and one ends every two: after this long nothing is scheduled any more. */
export const SILENT_SECONDS = 120;

export interface Health {
  status: "ok" | "no-leader" | "scheduler-silent" | "no-database";
  leader: string | null;
  queued: number;
}

/** Can this node reach its database, does somebody schedule, how much waits. */
export async function readHealth(core: Core): Promise<Health> {
  try {
    const [leader, silent, queued] = await Promise.all([
      currentLeader(core.db),
      silentSeconds(core.db),
      core.db.action.count({ where: { state: "PENDING" } }),
    ]);
    const isSilent = silent !== null && silent > SILENT_SECONDS;
    return { status: leader === null ? "no-leader" : isSilent ? "scheduler-silent" : "ok", leader, queued };
  } catch {
    return { status: "no-database", leader: null, queued: 0 };
  }
}
