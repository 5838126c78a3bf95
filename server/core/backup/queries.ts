import type { Prisma } from "../../db/client";
import type { Db } from "../../db/tx";
import { type Chain, Manifest, type RestorePoint, type Verification } from "../../domain/backup";
import type { Page, PageInput } from "../../domain/ids";
import { comingMerge } from "../../domain/retention";
import type { ImageState } from "../../domain/states";
import type { BootVerdict } from "../../domain/verification";
import { authorizeImage, visibleTo } from "../authorize";
import type { Ctx } from "../context";

const CHAIN_INCLUDE = {
  datastore: { select: { name: true } },
  increments: {
    orderBy: { id: "asc" },
    select: {
      id: true,
      parentId: true,
      type: true,
      source: true,
      storedBytes: true,
      at: true,
      actionId: true,
      verification: true,
      verifiedAt: true,
      verifyActionId: true,
      verificationNote: true,
      bootCheck: { select: { at: true, actionId: true, verdict: true, detail: true } },
      broken: true,
      expiredAt: true,
      manifest: true,
      diskIds: true,
      frozenMs: true,
      guestBytes: true,
    },
  },
} as const satisfies Prisma.ImageInclude;

/** A later point needs its files all the same, so this is no reason for that one. */
const EXPIRED = "it is older than KEEP_LAST keeps and is merged into a later point";

type ChainRow = Prisma.ImageGetPayload<{ include: typeof CHAIN_INCLUDE }>;

/** Backup images with their points, newest first. */
export async function listChains(
  ctx: Ctx,
  input: PageInput & { vmId?: number | undefined; datastoreId?: number | undefined },
): Promise<Page<Chain>> {
  const where: Prisma.ImageWhereInput = {
    AND: [
      visibleTo(ctx.actor),
      { type: "BACKUP" },
      input.vmId === undefined ? {} : { vmId: input.vmId },
      input.datastoreId === undefined ? {} : { datastoreId: input.datastoreId },
      input.search === undefined || input.search === ""
        ? {}
        : {
            OR: [
              { vmName: { contains: input.search, mode: "insensitive" } },
              { name: { contains: input.search, mode: "insensitive" } },
            ],
          },
    ],
  };
  const [rows, total] = await Promise.all([
    ctx.core.db.image.findMany({
      where,
      orderBy: { id: "desc" },
      skip: input.offset,
      take: input.limit,
      include: CHAIN_INCLUDE,
    }),
    ctx.core.db.image.count({ where }),
  ]);
  return { rows: await toChains(ctx.core.db, rows), total };
}

export async function getChain(ctx: Ctx, imageId: number): Promise<Chain> {
  await authorizeImage(ctx.core.db, ctx.actor, "USE", imageId);
  const row = await ctx.core.db.image.findUniqueOrThrow({ where: { id: imageId }, include: CHAIN_INCLUDE });
  const [chain] = await toChains(ctx.core.db, [row]);
  if (chain === undefined) throw new Error("unreachable: one row gives one chain");
  return chain;
}

/** Every chain of a VM, newest first; also of one that is gone. */
export async function chainsOfVm(db: Db, where: Prisma.ImageWhereInput): Promise<Chain[]> {
  const rows = await db.image.findMany({
    where: { AND: [where, { type: "BACKUP" }] },
    orderBy: { id: "desc" },
    include: CHAIN_INCLUDE,
  });
  return await toChains(db, rows);
}

async function toChains(db: Db, rows: ChainRow[]): Promise<Chain[]> {
  const vmIds = [...new Set(rows.flatMap((row) => (row.vmId === null ? [] : [row.vmId])))];
  const open = await db.$queryRaw<{ imageId: number; keepLast: number }[]>`
    SELECT ("backupConfig"->>'incrementalBackupId')::int AS "imageId",
           ("backupConfig"->>'keepLast')::int AS "keepLast" FROM "Vm"
    WHERE "id" = ANY(${vmIds}) AND "state" <> 'DONE' AND "backupConfig"->>'mode' = 'INCREMENT'`;
  const keepLastOf = new Map(open.map((row) => [row.imageId, row.keepLast]));
  return rows.map((row) => toChain(row, keepLastOf.get(row.id) ?? null));
}

/** @param keepLast of the VM when the chain is its open one, else null */
function toChain(row: ChainRow, keepLast: number | null): Chain {
  const ids = row.increments.map((increment) => increment.id);
  const mergedNext = new Set(keepLast === null ? [] : (comingMerge(ids, keepLast)?.merged ?? []));
  // Oldest first, so what a restore of a point reads is a running sum; `known` until a manifest is missing.
  let known: number | null = 0;
  let stored = 0;
  const points: RestorePoint[] = row.increments.map((increment) => {
    const manifest = increment.manifest === null ? null : Manifest.parse(increment.manifest);
    const disks = manifest?.disks.reduce((sum, disk) => sum + disk.bytes, 0) ?? null;
    known = known === null || disks === null ? null : known + disks;
    stored += Number(increment.storedBytes);
    return {
      imageId: row.id,
      incrementId: increment.id,
      parentId: increment.parentId,
      type: increment.type === "FULL" ? ("FULL" as const) : ("INCREMENT" as const),
      at: increment.at.getTime(),
      storedBytes: Number(increment.storedBytes),
      restoreBytes: known ?? stored,
      guestBytes: Number(increment.guestBytes),
      source: increment.source,
      verification: increment.verification as Verification, // written only by the core
      verifiedAt: increment.verifiedAt?.getTime() ?? null,
      verifyActionId: increment.verifyActionId,
      verificationNote: increment.verificationNote,
      bootCheck:
        increment.bootCheck === null
          ? null
          : {
              ...increment.bootCheck,
              at: increment.bootCheck.at.getTime(),
              verdict: increment.bootCheck.verdict as BootVerdict, // written only by the boot check
            },
      diskIds: increment.diskIds,
      frozenMs: increment.frozenMs,
      actionId: increment.actionId,
      broken: increment.broken ?? (increment.expiredAt === null ? null : EXPIRED),
      isMergedNext: mergedNext.has(increment.id),
    };
  });
  return {
    imageId: row.id,
    name: row.name,
    vmId: row.vmId ?? -1,
    vmName: row.vmName ?? `VM ${row.vmId ?? "?"}`,
    datastoreId: row.datastoreId,
    datastoreName: row.datastore.name,
    isChain: row.isChain,
    isOpen: keepLast !== null,
    state: row.state as ImageState,
    storedBytes: stored,
    points,
    error: row.error,
  };
}
