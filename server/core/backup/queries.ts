import type { Prisma } from "../../db/client";
import { containing } from "../../db/contains";
import { parseStored } from "../../db/stored";
import { type Chain, Manifest, type RestorePoint, type Verification } from "../../domain/backup";
import type { Page, PageInput } from "../../domain/ids";
import type { ImageState } from "../../domain/states";
import type { BootVerdict } from "../../domain/verification";
import { authorizeImage, visibleTo } from "../authorize";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { planComing, readComing } from "../retention/coming";
import { readRetention, toPin } from "../retention/history";

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
      bootCheck: {
        select: { at: true, actionId: true, verdict: true, detail: true, restoreSeconds: true, bootSeconds: true },
      },
      broken: true,
      expiredAt: true,
      pin: { select: { at: true, until: true, note: true, userName: true } },
      manifest: true,
      diskIds: true,
      frozenMs: true,
      guestBytes: true,
    },
  },
} as const satisfies Prisma.ImageInclude;

/** A later point needs its files all the same, so this is no reason for that one. */
const EXPIRED = "it is older than retention keeps and is merged into a later point";

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
            OR: [{ vmName: containing(input.search) }, { name: containing(input.search) }],
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
  return { rows: await toChains(ctx.core, rows, false), total };
}

export async function getChain(ctx: Ctx, imageId: number): Promise<Chain> {
  await authorizeImage(ctx.core.db, ctx.actor, "USE", imageId);
  const row = await ctx.core.db.image.findUniqueOrThrow({ where: { id: imageId }, include: CHAIN_INCLUDE });
  const [chain] = await toChains(ctx.core, [row], true);
  if (chain === undefined) throw new Error("unreachable: one row gives one chain");
  return chain;
}

/** Every chain of a VM, newest first; also of one that is gone. */
export async function chainsOfVm(core: Core, where: Prisma.ImageWhereInput): Promise<Chain[]> {
  const rows = await core.db.image.findMany({
    where: { AND: [where, { type: "BACKUP" }] },
    orderBy: { id: "desc" },
    include: CHAIN_INCLUDE,
  });
  return await toChains(core, rows, true);
}

type Fates = ReadonlyMap<string, NonNullable<RestorePoint["fate"]>>;

/** @param withFates what the next backup does to each point: it takes the whole history of each VM to know */
async function toChains(core: Core, rows: ChainRow[], withFates: boolean): Promise<Chain[]> {
  const vmIds = [...new Set(rows.flatMap((row) => (row.vmId === null ? [] : [row.vmId])))];
  const open = await core.db.$queryRaw<{ imageId: number }[]>`
    SELECT ("backupConfig"->>'incrementalBackupId')::int AS "imageId" FROM "Vm"
    WHERE "id" = ANY(${vmIds}) AND "state" <> 'DONE' AND "backupConfig"->>'mode' = 'INCREMENT'`;
  const isOpen = new Set(open.map((row) => row.imageId));
  const fates: Fates = withFates ? await readFates(core, vmIds) : new Map();
  return rows.map((row) => toChain(row, { isOpen: isOpen.has(row.id), fates, now: core.clock.now() }));
}

async function readFates(core: Core, vmIds: readonly number[]): Promise<Fates> {
  const histories = await readRetention(core.db, vmIds);
  const coming = await readComing(core, histories);
  const fates = new Map<string, NonNullable<RestorePoint["fate"]>>();
  for (const history of histories.values()) {
    const next = coming.get(history.vmId);
    if (next === undefined) continue;
    const { plan, backup } = planComing(history, next, core.config.zone);
    for (const { imageId, incrementId, fate, reason } of plan.fates) {
      fates.set(`${imageId}.${incrementId}`, { fate, reason, at: backup.at });
    }
  }
  return fates;
}

function toChain(row: ChainRow, known: { isOpen: boolean; fates: Fates; now: number }): Chain {
  const { isOpen, fates, now } = known;
  // Oldest first, so what a restore of a point reads is a running sum; `readable` until a manifest is missing.
  let readable: number | null = 0;
  let stored = 0;
  const points: RestorePoint[] = row.increments.map((increment) => {
    const manifest = increment.manifest === null ? null : parseStored(Manifest, increment.manifest);
    const disks = manifest?.disks.reduce((sum, disk) => sum + disk.bytes, 0) ?? null;
    readable = readable === null || disks === null ? null : readable + disks;
    stored += Number(increment.storedBytes);
    return {
      imageId: row.id,
      incrementId: increment.id,
      parentId: increment.parentId,
      type: increment.type === "FULL" ? ("FULL" as const) : ("INCREMENT" as const),
      at: increment.at.getTime(),
      storedBytes: Number(increment.storedBytes),
      restoreBytes: readable ?? stored,
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
      fate: fates.get(`${row.id}.${increment.id}`) ?? null,
      pin: toPin(increment.pin, now),
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
    isOpen,
    state: row.state as ImageState,
    storedBytes: stored,
    points,
    error: row.error,
  };
}
