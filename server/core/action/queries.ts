import type { Prisma } from "../../db/client";
import { containing } from "../../db/contains";
import type { ActionKind, ActionLogLine, ActionProgress, ActionRow, LogLevel } from "../../domain/action";
import { appError } from "../../domain/errors";
import type { Page, PageInput } from "../../domain/ids";
import { planTick } from "../../domain/schedule/plan-tick";
import { type ActionState, isFinal } from "../../domain/states";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";
import { readTickState } from "../scheduler/tick";
import { readLimits } from "../settings";

const LOG_PAGE = 2_000;

/** Runs, newest first. Who may see: administrators all, others their own and those of VMs they may USE. */
export async function listActions(
  ctx: Ctx,
  input: PageInput & {
    kind?: ActionKind | undefined;
    state?: ActionState | undefined;
    vmId?: number | undefined;
    imageId?: number | undefined;
  },
): Promise<Page<ActionRow>> {
  const where: Prisma.ActionWhereInput = {
    AND: [
      await visibleActions(ctx),
      input.kind === undefined ? {} : { kind: input.kind },
      input.state === undefined ? {} : { state: input.state },
      input.vmId === undefined ? {} : { vmId: input.vmId },
      input.imageId === undefined ? {} : { imageId: input.imageId },
      input.search === undefined || input.search === ""
        ? {}
        : {
            OR: [{ vmName: containing(input.search) }, { error: containing(input.search) }],
          },
    ],
  };
  const [rows, total] = await Promise.all([
    ctx.core.db.action.findMany({ where, orderBy: { id: "desc" }, skip: input.offset, take: input.limit }),
    ctx.core.db.action.count({ where }),
  ]);
  return { rows: await toActionRows(ctx, rows), total };
}

export async function getAction(ctx: Ctx, actionId: number): Promise<ActionRow> {
  const row = await ctx.core.db.action.findFirst({ where: { AND: [{ id: actionId }, await visibleActions(ctx)] } });
  if (row === null) throw appError("NOT_FOUND", { object: "run", id: actionId });
  const [action] = await toActionRows(ctx, [row], { hasRates: true });
  if (action === undefined) throw appError("NOT_FOUND", { object: "run", id: actionId });
  return action;
}

/** Log lines after `afterId`, oldest first, at most a page. */
export async function listActionLog(ctx: Ctx, input: { actionId: number; afterId: number }): Promise<ActionLogLine[]> {
  await getAction(ctx, input.actionId);
  const rows = await ctx.core.db.actionLog.findMany({
    where: { actionId: input.actionId, id: { gt: BigInt(input.afterId) } },
    orderBy: { id: "asc" },
    take: LOG_PAGE,
  });
  return rows.map((row) => ({
    id: Number(row.id),
    at: row.at.getTime(),
    level: row.level as LogLevel, // written only by RunLog, which types it
    text: row.text,
  }));
}

/** May the asker see this run? */
export async function maySeeAction(ctx: Ctx, actionId: number): Promise<boolean> {
  const where = { AND: [{ id: actionId }, await visibleActions(ctx)] };
  return (await ctx.core.db.action.findFirst({ where, select: { id: true } })) !== null;
}

/** Which runs the actor may see. */
export async function visibleActions(ctx: Ctx): Promise<Prisma.ActionWhereInput> {
  if (ctx.actor.isAdmin) return {};
  const own = await ctx.core.db.vm.findMany({ where: visibleTo(ctx.actor), select: { id: true } });
  return { OR: [{ actorId: ctx.actor.userId }, { vmId: { in: own.map((vm) => vm.id) } }] };
}

/** Rows with names and, for queued ones, why they wait: three queries whatever the number of rows. */
export async function toActionRows(
  ctx: Ctx,
  rows: Prisma.ActionModel[],
  /** Of one run only: a list has no use for them. */
  { hasRates = false }: { hasRates?: boolean } = {},
): Promise<ActionRow[]> {
  const datastoreIds = [...new Set(rows.flatMap((row) => (row.datastoreId === null ? [] : [row.datastoreId])))];
  const [datastores, waiting] = await Promise.all([
    ctx.core.db.datastore.findMany({ where: { id: { in: datastoreIds } }, select: { id: true, name: true } }),
    rows.some((row) => row.state === "PENDING") ? readQueue(ctx) : NO_QUEUE,
  ]);
  const nameOf = new Map(datastores.map((datastore) => [datastore.id, datastore.name]));
  return rows.map((row) => toActionRow(row, nameOf, waiting, hasRates));
}

interface Queue {
  reasons: ReadonlyMap<number, string>;
  places: ReadonlyMap<number, { place: number; of: number }>;
}
const NO_QUEUE: Queue = { reasons: new Map(), places: new Map() };

/** Why each that waits does, and where it stands: backups wait for backups, all else for all else. */
async function readQueue(ctx: Ctx): Promise<Queue> {
  const [state, limits] = await Promise.all([readTickState(ctx.core), readLimits(ctx.core.db)]);
  const places = new Map<number, { place: number; of: number }>();
  for (const isBackup of [true, false]) {
    const line = state.pending.filter(({ kind }) => (kind === "backup") === isBackup);
    for (const [index, { id }] of line.entries()) places.set(id, { place: index + 1, of: line.length });
  }
  return { reasons: planTick(state, limits).waiting, places };
}

function toActionRow(
  row: Prisma.ActionModel,
  datastoreNames: Map<number, string>,
  queue: Queue,
  hasRates: boolean,
): ActionRow {
  const state = row.state as ActionState; // written only by transitionAction
  const progress = row.progress as unknown as ActionProgress; // written only by ProgressReporter
  return {
    id: row.id,
    kind: row.kind as ActionKind,
    state,
    isCancelling: row.cancelRequested !== null && !isFinal(state),
    vmId: row.vmId,
    vmName: row.vmName,
    imageId: row.imageId,
    datastoreId: row.datastoreId,
    datastoreName: row.datastoreId === null ? null : (datastoreNames.get(row.datastoreId) ?? null),
    actorName: row.actorName,
    createdAt: row.createdAt.getTime(),
    startedAt: row.startedAt?.getTime() ?? null,
    endedAt: row.endedAt?.getTime() ?? null,
    progress: hasRates ? progress : { ...progress, rates: [] },
    waitReason:
      state === "PENDING" ? (queue.reasons.get(row.id) ?? "It starts with the next pass of the scheduler") : null,
    queue: queue.places.get(row.id) ?? null,
    error: row.error,
    warnings: row.warnings,
    bytes: row.bytes === null ? null : Number(row.bytes),
    result: row.result as ActionRow["result"],
  };
}
