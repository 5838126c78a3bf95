import type { Tx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { appError } from "../../domain/errors";
import type { ScheduledAction } from "../../domain/schedule/action";
import { admitBackup } from "../backup/request";
import type { Core } from "../core";

/**
 * Queue what a schedule of a VM asks for, in the transaction that marks its slot as done.
 * @throws SCHEDULE_INVALID for arguments that make no sense; whatever the operation itself refuses with
 */
export async function runVmAction(
  tx: Tx,
  _core: Core,
  actor: Actor,
  schedule: ScheduledAction,
  slot: { scheduleId: number; slot: bigint },
): Promise<void> {
  if (schedule.action !== "backup")
    throw appError("SCHEDULE_INVALID", { message: `${schedule.action} is not supported.` });
  const [datastoreId, reset] = schedule.args.split(",").map((word) => word.trim());
  if (datastoreId === undefined || !/^\d{1,9}$/.test(datastoreId) || !/^[01]?$/.test(reset ?? "")) {
    throw appError("SCHEDULE_INVALID", {
      message: "Missing or malformed ARGS for: backup. Format: datastore-id, reset",
    });
  }
  await admitBackup(
    tx,
    actor,
    { vmId: schedule.parentId, datastoreId: Number(datastoreId), reset: reset === "1" },
    { schedule: slot },
  );
}
