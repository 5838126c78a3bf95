import { sql } from "../../db/sql";
import { type KeepWhatIf, KeepWhatIfInput, WHAT_IF_VMS } from "../../domain/keep-what-if";
import type { RetentionPlan } from "../../domain/retention";
import { authorizeDatastore } from "../authorize";
import type { Ctx } from "../context";
import { planComing, readComing } from "../retention/coming";
import { readRetention } from "../retention/history";
import { visibleSql } from "../vm/facts-sql";

/** VMs that are named in the answer. */
const NAMED = 20;
/** VMs whose points are read at once: with a thousand points each they stay below the limit of parameters. */
const CHUNK = 16;

/**
 * What the next backups would free in a datastore if its VMs kept at most `keepLast`, by the function that the core carries
 * out afterwards, on the real histories of the VMs that the actor may USE. Nothing is changed.
 */
export async function readKeepWhatIf(ctx: Ctx, raw: KeepWhatIfInput): Promise<KeepWhatIf> {
  const { datastoreId, keepLast } = KeepWhatIfInput.parse(raw);
  const { db, config } = ctx.core;
  await authorizeDatastore(db, ctx.actor, "USE", datastoreId);
  const images = await db.image.findMany({ where: { type: "BACKUP", datastoreId }, select: { id: true } });
  const here = new Set(images.map((image) => image.id));
  const looked = await readVms(ctx, datastoreId);
  const keeps = new Map<number, number>();
  const rows: KeepWhatIf["vms"] = [];
  for await (const { id, name, history, next } of historiesOf(ctx, looked)) {
    const now = next.config.keepLast;
    keeps.set(now, (keeps.get(now) ?? 0) + 1);
    if (now !== 0 && now <= keepLast) continue;
    const tried = { keepLast, gfs: next.config.gfs, mode: next.config.mode };
    const before = sumOf(planComing(history, next, config.zone).plan, here);
    const after = sumOf(planComing(history, next, config.zone, tried).plan, here);
    const pointsGone = after.points - before.points;
    if (pointsGone <= 0) continue;
    rows.push({
      vmId: id,
      vmName: name,
      keepLast: now,
      pointsGone,
      freesAtMost: Math.max(0, after.bytes - before.bytes),
    });
  }
  rows.sort((a, b) => b.freesAtMost - a.freesAtMost || a.vmId - b.vmId);
  return {
    keepLast,
    vmCount: looked.length,
    leftOut: (looked[0]?.total ?? 0) - looked.length,
    keeps: [...keeps].map(([kept, count]) => ({ keepLast: kept, vms: count })).sort((a, b) => b.vms - a.vms),
    freesAtMost: rows.reduce((sum, row) => sum + row.freesAtMost, 0),
    pointsGone: rows.reduce((sum, row) => sum + row.pointsGone, 0),
    vmsTouched: rows.length,
    vms: rows.slice(0, NAMED),
  };
}

interface LookedAt {
  id: number;
  name: string;
  /** Of all VMs, those beyond the limit too. */
  total: number;
}

/** The living VMs with points in the datastore that the actor may USE; those that store the most, at most WHAT_IF_VMS. */
async function readVms({ core, actor }: Ctx, datastoreId: number): Promise<LookedAt[]> {
  const may = visibleSql(actor, { uid: sql`v."uid"`, gid: sql`v."gid"`, permissions: sql`v."permissions"` });
  return await core.db.$queryRaw<LookedAt[]>(sql`
    SELECT v."id", v."name", (count(*) OVER ())::int AS "total" FROM "Vm" v JOIN (
      SELECT "vmId", sum("sizeMb") AS "sizeMb" FROM "Image"
      WHERE "type" = 'BACKUP' AND "datastoreId" = ${datastoreId}::int GROUP BY 1) s ON s."vmId" = v."id"
    WHERE v."state" <> 'DONE' AND ${may} ORDER BY s."sizeMb" DESC, v."id" LIMIT ${WHAT_IF_VMS}::int`);
}

/** Histories a few VMs at a time: a query has a limit of parameters, and others want their turn. */
async function* historiesOf(ctx: Ctx, vms: readonly LookedAt[]) {
  for (let from = 0; from < vms.length; from += CHUNK) {
    const chunk = vms.slice(from, from + CHUNK);
    const histories = await readRetention(
      ctx.core.db,
      chunk.map((vm) => vm.id),
    );
    const coming = await readComing(ctx.core, histories);
    for (const { id, name } of chunk) {
      const history = histories.get(id);
      const next = coming.get(id);
      if (history !== undefined && next !== undefined) yield { id, name, history, next };
    }
  }
}

/** What a plan takes away in the images of one datastore. */
function sumOf(plan: RetentionPlan, here: ReadonlySet<number>): { points: number; bytes: number } {
  const merges = plan.merges.filter(({ imageId }) => here.has(imageId));
  const deletions = plan.deletions.filter(({ imageId }) => here.has(imageId));
  return {
    points: plan.fates.filter(({ imageId, fate }) => fate !== "keep" && here.has(imageId)).length,
    bytes:
      merges.reduce((sum, merge) => sum + merge.freesAtMost, 0) + deletions.reduce((sum, one) => sum + one.bytes, 0),
  };
}
