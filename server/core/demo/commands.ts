import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { readDisks } from "../../domain/vm-disks";
import { enqueue } from "../action/enqueue";
import { authorizeVm, requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { transitionVm } from "../transition";
import { parseVm } from "../vm/rows";
import { demoFolder } from "./load";

/** Make the demo machines; asking again while that runs answers with the same run. */
export async function requestDemoLoad(ctx: Ctx): Promise<{ actionId: number }> {
  requireAdmin(ctx.actor, "load the demo machines");
  return await withTx(ctx.core.db, async (tx) => {
    // Two clicks at once: the second sees the action of the first.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('strata.demo-load'))`;
    const running = await tx.action.findFirst({
      where: { kind: "demo-load", state: { in: ["PENDING", "RUNNING"] } },
      select: { id: true },
    });
    if (running !== null) return { actionId: running.id };
    return { actionId: await enqueue(tx, { kind: "demo-load", actor: ctx.actor, input: {} }) };
  });
}

/** Change some files on a demo machine's disk. */
export async function requestDemoChange(ctx: Ctx, vmId: number): Promise<{ actionId: number }> {
  return await withTx(ctx.core.db, async (tx) => {
    const vm = parseVm(await authorizeVm(tx, ctx.actor, "MANAGE", vmId));
    if (!isDemo(ctx.core.config.home, vm.template)) {
      throw appError("INVALID_INPUT", { message: "Only the disks of demo machines can be changed here." });
    }
    await transitionVm(tx, vm, "disk");
    const before = await tx.action.count({ where: { kind: "demo-change", vmId } });
    const actionId = await enqueue(tx, {
      kind: "demo-change",
      actor: ctx.actor,
      input: { vmId, state: before + 2 },
      vmId,
      vmName: vm.name,
      hostId: vm.hostId,
    });
    return { actionId };
  });
}

/** Does this VM consist of demo disks? */
export function isDemo(home: string, template: Parameters<typeof readDisks>[0]): boolean {
  const disks = readDisks(template);
  return disks.length > 0 && disks.every((disk) => disk.source.startsWith(`${demoFolder(home)}/`));
}
