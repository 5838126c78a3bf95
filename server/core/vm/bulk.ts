import { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { AppError } from "../../domain/errors";
import { ObjectId } from "../../domain/ids";
import { type BulkOutcome, MAX_BULK } from "../../domain/vm";
import { admitBackup } from "../backup/request";
import type { Ctx } from "../context";
import { addJobMember } from "../job/commands";

export const BulkInput = z.object({
  vmIds: z.array(ObjectId).min(1).max(MAX_BULK),
  /** Add them to this job; null: back them up now. */
  jobId: ObjectId.nullable(),
  /** Where a backup goes that begins a chain; null: where the last one went. */
  datastoreId: ObjectId.nullable().default(null),
  /** Find out what would happen, and change nothing. */
  isPlan: z.boolean(),
});

/**
 * Back up many VMs now, or add them to a job: each in a transaction of its own, so that one that is refused keeps no other
 * back. A plan does the same and takes it back, so it says exactly what the real one would.
 */
export async function actOnVms(ctx: Ctx, raw: z.input<typeof BulkInput>): Promise<BulkOutcome[]> {
  const { vmIds, jobId, datastoreId, isPlan } = BulkInput.parse(raw);
  const { db } = ctx.core;
  const ids = [...new Set(vmIds)];
  const rows = await db.vm.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  const names = new Map(rows.map((row) => [row.id, row.name]));
  const outcomes: BulkOutcome[] = [];
  for (const vmId of ids) {
    const problem = await attempt(ctx, isPlan, async (tx) => {
      if (jobId === null) await admitBackup(tx, ctx.actor, { vmId, datastoreId, reset: false });
      else await addJobMember(tx, ctx, jobId, vmId);
    });
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
