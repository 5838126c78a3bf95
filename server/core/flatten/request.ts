import type { Db } from "../../db/tx";
import { type FlattenPlan, FlattenTo } from "../../domain/backup-catalogue";
import { appError } from "../../domain/errors";
import { planRetention, type RetentionChain } from "../../domain/retention";
import { NO_GFS } from "../../domain/retention-policy";
import { enqueue } from "../action/enqueue";
import { authorizeImage, requireUnlocked } from "../authorize";
import { type Ctx, inTx } from "../context";
import { lockImage, lockVm } from "../lock";
import { requireDatastore } from "../require";
import { readRetention, type VmRetention } from "../retention/history";

/** What merging a chain to `keep` points would do, and why it cannot be done now. */
export async function planFlatten(ctx: Ctx, raw: FlattenTo): Promise<FlattenPlan> {
  const input = FlattenTo.parse(raw);
  const image = await authorizeImage(ctx.core.db, ctx.actor, "USE", input.imageId);
  return await readPlan(ctx, ctx.core.db, image, input.keep);
}

/**
 * Merge the oldest points of a chain, once, whatever the retention of its VM is. The points that go can be restored until
 * the merge begins, which waits for whoever reads the chain. Needs MANAGE on the backup, as deleting does.
 *
 * @throws OBJECT_LOCKED; INVALID_INPUT with the reason when there is nothing to merge or it cannot be merged
 */
export async function requestFlatten(ctx: Ctx, raw: FlattenTo): Promise<{ actionId: number }> {
  const { imageId, keep } = FlattenTo.parse(raw);
  return await inTx(ctx, async (tx) => {
    const before = await tx.image.findUnique({ where: { id: imageId }, select: { vmId: true } });
    if (before !== null && before.vmId !== null) await lockVm(tx, before.vmId);
    await lockImage(tx, imageId);
    const image = await authorizeImage(tx, ctx.actor, "MANAGE", imageId);
    await requireUnlocked(tx, "ADMIN", image, { object: "image", id: imageId });
    const { reason } = await readPlan(ctx, tx, image, keep);
    if (reason !== null) throw appError("INVALID_INPUT", { message: reason });
    const actionId = await enqueue(tx, {
      kind: "increment-flatten",
      actor: ctx.actor,
      input: { imageId, keep },
      vmId: image.vmId,
      vmName: image.vmName,
      imageId,
      datastoreId: image.datastoreId,
    });
    return { actionId };
  });
}

/** The merge of one chain alone: its last `keep` points stay, and what is pinned, with everything newer. */
export function planMergeTo(history: VmRetention, imageId: number, keep: number, at: { zone: string; now: number }) {
  const chain = history.chains.find((one) => one.imageId === imageId);
  // As if it were open: then its points are counted, and not the backups of the VM.
  const chains = chain === undefined ? [] : [{ ...chain, isOpen: true }];
  const [merge] = planRetention({ chains, policy: { keepLast: keep, gfs: NO_GFS }, ...at }).merges;
  return { chain: chain ?? null, merge: merge ?? null };
}

interface ImageOf {
  id: number;
  type: string;
  state: string;
  vmId: number | null;
  isChain: boolean;
  datastoreId: number;
}

async function readPlan(ctx: Ctx, db: Db, image: ImageOf, keep: number): Promise<FlattenPlan> {
  const nothing = (reason: string): FlattenPlan => ({ merged: [], firstId: null, left: 0, freesAtMost: 0, reason });
  if (image.type !== "BACKUP" || !image.isChain) return nothing("Only a chain of increments can be merged.");
  const history = image.vmId === null ? undefined : (await readRetention(db, [image.vmId])).get(image.vmId);
  if (history === undefined) return nothing("Its VM is gone: nothing of it is merged any more.");
  const at = { zone: ctx.core.config.zone, now: ctx.core.clock.now() };
  const { chain, merge } = planMergeTo(history, image.id, keep, at);
  if (chain === null) return nothing(`A backup in state ${image.state} cannot be merged. Wait for what uses it.`);
  if (merge === null) return { ...nothing(whyNothing(chain, keep)), left: chain.points.length };
  const merged = chain.points.filter((point) => merge.merged.includes(point.incrementId));
  return {
    merged: merged.map(({ incrementId, at: madeAt }) => ({ incrementId, at: madeAt })),
    firstId: merge.firstId,
    left: chain.points.length - merged.length,
    freesAtMost: merge.freesAtMost,
    reason: await whyNotNow(ctx, db, image, [...merge.merged, merge.firstId], chain),
  };
}

function whyNothing(chain: RetentionChain, keep: number): string {
  if (chain.isLocked === true) return "Somebody has locked this backup: nothing of it goes.";
  if (chain.points.length <= keep) return `It has ${chain.points.length} points: there is nothing to merge.`;
  return "Its oldest point is pinned, or is the only good one: nothing older can be merged into it.";
}

async function whyNotNow(
  ctx: Ctx,
  db: Db,
  image: ImageOf,
  touched: readonly number[],
  chain: RetentionChain,
): Promise<string | null> {
  if (image.state !== "READY") return `A backup in state ${image.state} cannot be merged. Wait for what uses it.`;
  const damaged = chain.points.find((point) => touched.includes(point.incrementId) && !point.isGood);
  if (damaged !== undefined) {
    return `Increment ${damaged.incrementId} is damaged: merging would carry the damage on. Start a new chain instead.`;
  }
  const driver = (await requireDatastore(db, image.datastoreId)).dsMad;
  if (!(await ctx.core.drivers.has({ family: "datastore", driver, action: "increment_flatten" }))) {
    return `Datastores of kind ${driver} merge no points.`;
  }
  const running = await db.action.findFirst({
    where: { kind: "increment-flatten", imageId: image.id, state: { in: ["PENDING", "RUNNING"] } },
    select: { id: true },
  });
  return running === null ? null : `Run ${running.id} is merging its points already.`;
}
