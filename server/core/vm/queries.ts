import type { Chain } from "../../domain/backup";
import { nextBackup } from "../../domain/chain-rules";
import { systemSnapshots } from "../../domain/system-snapshots";
import { text, vectors } from "../../domain/template";
import { DEVICE_OPERATIONS, POWER_OPERATIONS, type VmDetail } from "../../domain/vm";
import { canIncrement, effectiveDisks, estimateMb, overlayBlock } from "../../domain/vm-disks";
import { authorizeVm, visibleTo } from "../authorize";
import { chainsOfVm } from "../backup/queries";
import type { Ctx } from "../context";
import { isDemo } from "../demo/commands";
import { allowedOperations } from "../vm-operations";
import { readVmFacts } from "./facts";
import { toVmRows } from "./inventory-rows";
import { type ParsedVm, parseVm } from "./rows";

const MIB = 1024 * 1024;
const SPEEDS_LOOKED_AT = 50;

export async function getVm(ctx: Ctx, vmId: number): Promise<VmDetail> {
  const { db, clock } = ctx.core;
  const vm = parseVm(await authorizeVm(db, ctx.actor, "USE", vmId));
  const [row] = await toVmRows(ctx, await readVmFacts(db, ctx.actor, clock.now(), [vmId]));
  if (row === undefined) throw new Error("unreachable: an authorised VM has facts");
  const tmMad = text(vm.template, "TM_MAD_SYSTEM") ?? "";
  const possible = canIncrement(vm.template, vm.backupConfig, { tmMad, hasSystemSnapshots: "SNAPSHOT" in vm.template });
  const { backup, updateconf, terminate, resume, poweroff, reboot, ...operations } = await allowedOperations(
    db,
    ctx.actor,
    ["backup", "updateconf", "terminate", ...POWER_OPERATIONS, ...DEVICE_OPERATIONS],
    vm,
  );
  const fullEstimateBytes = estimateMb(vm.template, vm.backupConfig) * MIB;
  const host = await db.host.findUnique({ where: { id: vm.hostId }, select: { error: true } });
  return {
    ...row,
    disks: effectiveDisks(vm.template, vm.backupConfig, { tmMad }),
    nics: vectors(vm.template, "NIC").map((nic, index) => ({
      nicId: Number(nic["NIC_ID"] ?? index),
      network: nic["NETWORK"] ?? "",
      ip: nic["IP"] ?? "",
      mac: nic["MAC"] ?? "",
    })),
    cpu: text(vm.template, "CPU") ?? "",
    memoryMb: Number(text(vm.template, "MEMORY") ?? "0"),
    backupConfig: vm.backupConfig,
    canIncrement: possible.ok,
    cannotIncrementReason: possible.ok ? null : possible.text,
    cannotOverlayReason: overlayBlock(vm),
    chainDatastore: await chainDatastore(ctx, vm),
    fullEstimateBytes,
    fullEstimateMs: row.pointCount > 0 ? null : await estimateMs(ctx, vm.hostId, fullEstimateBytes),
    hostId: vm.hostId,
    systemDatastoreId: vm.systemDatastoreId,
    isDemo: isDemo(ctx.core.config.home, vm.template),
    createdAt: vm.startedAt.getTime(),
    may: { backup: backup.may, configure: updateconf.may, delete: terminate.may },
    operations,
    power: { resume, poweroff, reboot },
    hostError: host?.error ?? null,
    snapshots: {
      disks: vm.diskSnapshots.filter((disk) => disk.snapshots.length > 0),
      system: systemSnapshots(vm.template),
    },
    nextBackup: nextBackup(vm.backupConfig, row.pointCount > 0),
    operationActionId: await runningOperation(ctx, vmId),
  };
}

/** By the median of the speeds of the last good backups on the host; null without any. */
async function estimateMs(ctx: Ctx, hostId: number, bytes: number): Promise<number | null> {
  const [found] = await ctx.core.db.$queryRaw<{ speed: number | null }[]>`
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY speed)::float8 AS speed FROM (
      SELECT "bytes" / extract(epoch FROM "endedAt" - "startedAt") AS speed FROM "Action"
      WHERE "hostId" = ${hostId} AND "kind" = 'backup' AND "state" = 'DONE' AND "bytes" > 0
        AND "endedAt" > "startedAt" ORDER BY "id" DESC LIMIT ${SPEEDS_LOOKED_AT}) speeds`;
  const speed = found?.speed ?? null;
  return speed === null || speed <= 0 ? null : (bytes / speed) * 1000;
}

async function runningOperation(ctx: Ctx, vmId: number): Promise<number | null> {
  const row = await ctx.core.db.action.findFirst({
    where: { vmId, kind: { not: "backup" }, state: { in: ["PENDING", "RUNNING"] } },
    orderBy: { id: "desc" },
    select: { id: true },
  });
  return row?.id ?? null;
}

async function chainDatastore(ctx: Ctx, vm: ParsedVm): Promise<VmDetail["chainDatastore"]> {
  const { mode, incrementalBackupId } = vm.backupConfig;
  if (mode !== "INCREMENT" || incrementalBackupId === -1) return null;
  const image = await ctx.core.db.image.findUnique({
    where: { id: incrementalBackupId },
    select: { id: true, datastore: { select: { id: true, name: true } } },
  });
  return image === null ? null : { ...image.datastore, imageId: image.id };
}

/** Chains of a VM, newest first; a VM that is gone keeps them. */
export async function listVmChains(ctx: Ctx, vmId: number): Promise<Chain[]> {
  return await chainsOfVm(ctx.core, { AND: [visibleTo(ctx.actor), { vmId }] });
}
