import type { z } from "zod";
import { parseStored } from "../../db/stored";
import { type Tx, withTx } from "../../db/tx";
import { isLeftOut } from "../../domain/backup-config";
import { AppError, appError } from "../../domain/errors";
import { labelsOf } from "../../domain/job/selection";
import { Template, text } from "../../domain/template";
import { BulkOrder, type BulkOutcome, type BulkWork } from "../../domain/vm";
import { updateTemplate } from "../access/template";
import { admitBackup } from "../backup/request";
import type { Ctx } from "../context";
import { addJobMember } from "../job/commands";
import { lockVm } from "../lock";
import { authorizeVmOperation } from "../vm-operations";
import { updateBackupConfig } from "./commands";

/**
 * Do the same to many VMs: each in a transaction of its own, so that one that is refused keeps no other back. A plan does
 * it too and takes it back, so it says exactly what the real one would.
 */
export async function actOnVms(
  ctx: Ctx,
  raw: z.input<typeof BulkOrder>,
  { isPlan }: { isPlan: boolean },
): Promise<BulkOutcome[]> {
  const { vmIds, work } = BulkOrder.parse(raw);
  const { db } = ctx.core;
  const ids = [...new Set(vmIds)];
  const rows = await db.vm.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  const names = new Map(rows.map((row) => [row.id, row.name]));
  const outcomes: BulkOutcome[] = [];
  for (const vmId of ids) {
    const problem = await attempt(ctx, isPlan, async (tx) => await act({ ...ctx, tx }, tx, vmId, work));
    // The name of a VM that one may not see is nobody's business.
    const isSeen = problem?.code !== "NOT_AUTHORIZED" && problem?.code !== "NOT_FOUND";
    outcomes.push({
      vmId,
      name: (isSeen ? names.get(vmId) : undefined) ?? `VM ${vmId}`,
      reason: problem?.message ?? null,
    });
  }
  return outcomes;
}

async function act(ctx: Ctx, tx: Tx, vmId: number, work: BulkWork): Promise<void> {
  switch (work.what) {
    case "backup":
      await admitBackup(tx, ctx.actor, { vmId, datastoreId: work.datastoreId, reset: false });
      return;
    case "job":
      return await addJobMember(tx, ctx, work.jobId, vmId);
    case "rpo":
      await updateBackupConfig(ctx, { vmId, config: { rpoMinutes: work.rpoMinutes }, append: true });
      return;
    case "leave-out":
      if (work.leftOut !== null && !isLeftOut(work, ctx.core.clock.now())) {
        throw appError("INVALID_INPUT", { message: "The end lies in the past. Choose a later one." });
      }
      await updateBackupConfig(ctx, { vmId, config: { leftOut: work.leftOut }, append: true });
      return;
    case "labels":
      return await changeLabels(ctx, tx, vmId, work);
  }
}

/** Labels in their order; those that are there already stay where they are. */
async function changeLabels(
  ctx: Ctx,
  tx: Tx,
  vmId: number,
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
): Promise<void> {
  await lockVm(tx, vmId);
  const row = await authorizeVmOperation(tx, ctx.actor, "update", vmId);
  const before = labelsOf(text(parseStored(Template, row.userTemplate), "LABELS"));
  const after = [...new Set([...before, ...add])].filter((label) => !remove.includes(label));
  if (after.join() === before.join()) return;
  await updateTemplate(ctx, { kind: "vm", id: vmId, template: { LABELS: [after.join(",")] }, mode: "append" });
}

class TakenBack extends Error {}

/** @returns why it was refused, null when it was not */
async function attempt(ctx: Ctx, isPlan: boolean, work: (tx: Tx) => Promise<void>): Promise<AppError | null> {
  try {
    await withTx(ctx.core.db, async (tx) => {
      await work(tx);
      if (isPlan) throw new TakenBack();
    });
    return null;
  } catch (error) {
    if (error instanceof TakenBack) return null;
    if (error instanceof AppError) return error;
    throw error;
  }
}
