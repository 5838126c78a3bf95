import type { Chain } from "../../domain/backup";
import { nextBackup } from "../../domain/chain-rules";
import type { Page, PageInput } from "../../domain/ids";
import type { ActionState, VmState } from "../../domain/states";
import { systemSnapshots } from "../../domain/system-snapshots";
import { text, vectors } from "../../domain/template";
import { DEVICE_OPERATIONS, POWER_OPERATIONS, type Protection, type VmDetail, type VmRow } from "../../domain/vm";
import { canIncrement, effectiveDisks, estimateMb, overlayBlock } from "../../domain/vm-disks";
import { authorizeVm, visibleTo } from "../authorize";
import { chainsOfVm } from "../backup/queries";
import type { Ctx } from "../context";
import { isDemo } from "../demo/commands";
import { readNames } from "../owners";
import { allowedOperations } from "../vm-operations";
import { protectionOfFacts, readVmFacts, type VmFacts } from "./facts";
import { type ParsedVm, parseVm } from "./rows";

const RUNS_SHOWN = 14;
const MIB = 1024 * 1024;

/** A page of the inventory. Protection is worked out from slim facts of all VMs, details only for the page. */
export async function listVms(
  ctx: Ctx,
  input: PageInput & { protection?: Protection | undefined },
): Promise<Page<VmRow>> {
  const now = ctx.core.clock.now();
  const search = input.search?.toLowerCase() ?? "";
  const facts = (await readVmFacts(ctx.core.db, ctx.actor))
    .map((vm) => ({ ...vm, protection: protectionOfFacts(vm, now) }))
    .filter((vm) => input.protection === undefined || vm.protection === input.protection)
    .filter((vm) => search === "" || vm.name.toLowerCase().includes(search) || String(vm.id) === search);
  facts.sort((a, b) => compare(a, b, input.sort ?? "id") * (input.descending ? -1 : 1));
  const page = facts.slice(input.offset, input.offset + input.limit);
  return { rows: await toRows(ctx, page), total: facts.length };
}

type SortableFacts = VmFacts & { protection: Protection };
const SEVERITY: readonly Protection[] = ["failing", "never", "late", "running", "protected"];

function compare(a: SortableFacts, b: SortableFacts, column: string): number {
  switch (column) {
    case "name":
      return a.name.localeCompare(b.name);
    case "protection":
      return SEVERITY.indexOf(a.protection) - SEVERITY.indexOf(b.protection) || a.id - b.id;
    case "newestPointAt":
      return (a.newestPointAt ?? 0) - (b.newestPointAt ?? 0) || a.id - b.id;
    case "storedBytes":
      return a.storedBytes - b.storedBytes || a.id - b.id;
    case "pointCount":
      return a.pointCount - b.pointCount || a.id - b.id;
    default:
      return a.id - b.id;
  }
}

/** Rows of some VMs: a constant number of queries. */
async function toRows(ctx: Ctx, facts: SortableFacts[]): Promise<VmRow[]> {
  const { db } = ctx.core;
  const ids = facts.map((vm) => vm.id);
  const rows = (await db.vm.findMany({ where: { id: { in: ids } } })).map(parseVm);
  const [names, hosts, runs, chains] = await Promise.all([
    readNames(db, rows),
    db.host.findMany({ select: { id: true, name: true } }),
    lastRuns(ctx, ids),
    db.increment.groupBy({
      by: ["imageId"],
      where: { imageId: { in: rows.map((row) => row.backupConfig.incrementalBackupId) } },
      _count: true,
    }),
  ]);
  const hostName = new Map(hosts.map((host) => [host.id, host.name]));
  const chainLength = new Map(chains.map((chain) => [chain.imageId, chain._count]));
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  return facts.flatMap((vm) => {
    const row = rowOf.get(vm.id);
    if (row === undefined) return [];
    const disks = effectiveDisks(row.template, row.backupConfig);
    return [
      {
        id: vm.id,
        name: vm.name,
        state: row.state as VmState, // written only by transitionVm
        ownerName: names.user(row.uid),
        groupName: names.group(row.gid),
        hostName: hostName.get(row.hostId) ?? String(row.hostId),
        protection: vm.protection,
        mode: row.backupConfig.mode,
        newestPointAt: vm.newestPointAt,
        pointCount: vm.pointCount,
        chainLength: chainLength.get(row.backupConfig.incrementalBackupId) ?? 0,
        storedBytes: vm.storedBytes,
        diskCount: disks.length,
        sizeMb: disks.reduce((sum, disk) => sum + disk.sizeMb, 0),
        lastRuns: runs.get(vm.id) ?? [],
        lastError: vm.lastError,
        runningActionId: vm.runningActionId,
        target: vm.target,
      },
    ];
  });
}

async function lastRuns(ctx: Ctx, vmIds: number[]): Promise<Map<number, ActionState[]>> {
  const rows = await ctx.core.db.$queryRaw<{ vmId: number; states: ActionState[] }[]>`
    SELECT "vmId", array_agg("state" ORDER BY "id") AS states FROM (
      SELECT "id", "vmId", "state", row_number() OVER (PARTITION BY "vmId" ORDER BY "id" DESC) AS n
      FROM "Action" WHERE "kind" = 'backup' AND "vmId" = ANY(${vmIds})
    ) runs WHERE n <= ${RUNS_SHOWN} GROUP BY "vmId"`;
  return new Map(rows.map((row) => [row.vmId, row.states]));
}

export async function getVm(ctx: Ctx, vmId: number): Promise<VmDetail> {
  const { db, clock } = ctx.core;
  const vm = parseVm(await authorizeVm(db, ctx.actor, "USE", vmId));
  const facts = (await readVmFacts(db, ctx.actor, [vmId])).map((one) => ({
    ...one,
    protection: protectionOfFacts(one, clock.now()),
  }));
  const [row] = await toRows(ctx, facts);
  if (row === undefined) throw new Error("unreachable: an authorised VM has facts");
  const tmMad = text(vm.template, "TM_MAD_SYSTEM") ?? "";
  const possible = canIncrement(vm.template, vm.backupConfig, { tmMad, hasSystemSnapshots: "SNAPSHOT" in vm.template });
  const { backup, updateconf, terminate, resume, poweroff, reboot, ...operations } = await allowedOperations(
    db,
    ctx.actor,
    ["backup", "updateconf", "terminate", ...POWER_OPERATIONS, ...DEVICE_OPERATIONS],
    vm,
  );
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
    fullEstimateBytes: estimateMb(vm.template, vm.backupConfig) * MIB,
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
