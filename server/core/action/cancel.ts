import { withTx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import { appError } from "../../domain/errors";
import { type ActionState, isFinal } from "../../domain/states";
import type { VmOperation } from "../../domain/vm-operations";
import { writeAudit } from "../audit";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { transitionAction } from "../transition";
import { authorizeVmOperation } from "../vm-operations";
import { releaseAction } from "./release";

/** Whoever may start an operation may stop it; `backup` covers the cancel of one, as in the reference. */
const OPERATION: Partial<Record<ActionKind, VmOperation>> = {
  backup: "backup",
  restore: "restore",
  "restore-in-place": "restore",
  "vm-delete": "terminate",
  "vm-start": "resume",
  "vm-poweroff": "poweroff",
  "vm-reboot": "reboot",
  "disk-attach": "disk-attach",
  "disk-detach": "disk-attach",
  "disk-resize": "disk-resize",
  "disk-snapshot-create": "disk-snapshot",
  "disk-snapshot-revert": "disk-snapshot",
  "disk-snapshot-delete": "disk-snapshot",
  "snapshot-create": "snapshot",
  "snapshot-revert": "snapshot",
  "snapshot-delete": "snapshot",
};

/**
 * Ask an operation to stop. A queued one is cancelled at once; a running one is told through its abort signal, cleans
 * up and ends as CANCELLED. Asking twice is asking once. The request is stored, so it survives a crash.
 */
export async function cancelAction(ctx: Ctx, actionId: number): Promise<void> {
  await withTx(ctx.core.db, async (tx) => {
    const action = await tx.action.findUnique({ where: { id: actionId } });
    if (action === null) throw appError("NOT_FOUND", { object: "run", id: actionId });
    if (action.actorId !== ctx.actor.userId && !ctx.actor.isAdmin) {
      if (action.vmId === null) throw appError("NOT_AUTHORIZED", { right: "ADMIN", object: "run", id: actionId });
      await authorizeVmOperation(tx, ctx.actor, OPERATION[action.kind as ActionKind] ?? "recover", action.vmId);
    }
    const state = action.state as ActionState;
    if (isFinal(state)) throw appError("ACTION_WRONG_STATE", { actionId, state, event: "be cancelled" });
    if (state === "PENDING" || action.cancelRequested === null) {
      const data = { kind: action.kind, vmId: action.vmId };
      const result = state === "PENDING" ? "done" : "accepted";
      await writeAudit(tx, ctx.actor, { what: "cancel", object: "action", objectId: actionId, result, data });
    }
    if (state === "PENDING") {
      await transitionAction(tx, action, "cancel", { endedAt: new Date(ctx.core.clock.now()) });
      await releaseAction(tx, action, "Cancelled before it began.");
      return;
    }
    if (action.cancelRequested !== null) return;
    await tx.action.update({ where: { id: actionId }, data: { cancelRequested: new Date(ctx.core.clock.now()) } });
    await appendEvent(tx, { topic: "action", objectId: actionId, type: "cancel-requested" });
  });
  ctx.core.abortAction(actionId);
}
