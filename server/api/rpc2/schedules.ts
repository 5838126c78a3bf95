import type { Ctx } from "../../core/context";
import { changeSchedule, deleteSchedule, insertSchedule } from "../../core/schedule/commands";
import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import type { ScheduleParent } from "../../domain/schedule/action";
import { type TemplateVector, vectors } from "../../domain/template";
import { RpcError } from "./fault";
import { type Arguments, existingId, type RpcMethods } from "./method";
import { readTemplate } from "./template";

/** `schedadd`, `schedupdate`, `scheddelete` of VMs and jobs. `deleteAnswers`: what the last one returns. */
export function scheduleMethods(
  object: string,
  parentType: ScheduleParent,
  spoken: string,
  deleteAnswers: "parent" | "action",
): RpcMethods {
  const parentOf = (args: Arguments) => existingId(args.int(0, "id"), spoken);
  return {
    [`one.${object}.schedadd`]: {
      params: "i id, s template",
      async run(ctx, args) {
        const parentId = parentOf(args);
        const vector = scheduleOf(args.text(1, "template"), "ACTION");
        return await withTx(ctx.core.db, (tx) => insertSchedule(tx, ctx, { parentType, parentId, vector }));
      },
    },
    [`one.${object}.schedupdate`]: {
      params: "i id, i action, s template",
      async run(ctx, args) {
        const [parentId, scheduleId] = [parentOf(args), args.int(1, "action")];
        const vector = scheduleOf(args.text(2, "template"), "INTERNAL");
        if (!(await isOf(ctx, parentType, parentId, scheduleId))) {
          throw new RpcError("INTERNAL", `SCHED_ACTION with id = ${scheduleId} doesn't exist`);
        }
        await changeSchedule(ctx, scheduleId, vector);
        return scheduleId;
      },
    },
    [`one.${object}.scheddelete`]: {
      params: "i id, i action",
      async run(ctx, args) {
        const [parentId, scheduleId] = [parentOf(args), args.int(1, "action")];
        if (!(await isOf(ctx, parentType, parentId, scheduleId))) {
          throw appError("NOT_FOUND", { object: "schedule", id: scheduleId });
        }
        await deleteSchedule(ctx, scheduleId);
        return deleteAnswers === "parent" ? parentId : scheduleId;
      },
    },
  };
}

/** Only the first SCHED_ACTION counts. */
function scheduleOf(template: string, code: "ACTION" | "INTERNAL"): TemplateVector {
  const [vector] = vectors(readTemplate(template), "SCHED_ACTION");
  if (vector === undefined) throw new RpcError(code, "No SCHED_ACTION attribute in template");
  return vector;
}

async function isOf(ctx: Ctx, parentType: ScheduleParent, parentId: number, scheduleId: number): Promise<boolean> {
  if (scheduleId < 0 || scheduleId > 2_147_483_647) return false;
  return (await ctx.core.db.scheduledAction.count({ where: { id: scheduleId, parentType, parentId } })) === 1;
}
