import type { Core } from "../core";
import { currentLeader } from "../leader/lease";

export interface Health {
  status: "ok" | "no-leader" | "no-database";
  leader: string | null;
  queued: number;
}

/** Can this node reach its database, does somebody schedule, how much waits. */
export async function readHealth(core: Core): Promise<Health> {
  try {
    const [leader, queued] = await Promise.all([
      currentLeader(core.db),
      core.db.action.count({ where: { state: "PENDING" } }),
    ]);
    return { status: leader === null ? "no-leader" : "ok", leader, queued };
  } catch {
    return { status: "no-database", leader: null, queued: 0 };
  }
}
