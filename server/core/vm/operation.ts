import { join } from "node:path";
import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db, Tx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { nextState, VM_TRANSITIONS, type VmEvent, type VmState } from "../../domain/states";
import { Template, type TemplateVector, text, vectors } from "../../domain/template";
import type { VmOperation } from "../../domain/vm-operations";
import type { Run } from "../action/handler";
import type { Ctx } from "../context";
import type { DriverCall } from "../driver/port";
import { lockVm } from "../lock";
import { requireDatastore, requireHost, requireVm } from "../require";
import { transitionVm } from "../transition";
import { authorizeVmOperation } from "../vm-operations";
import { type ParsedVm, parseVm } from "./rows";

/** What every operation on the disks or snapshots of one VM has in common: one at a time, and back to where it was. */

/** Clean-up after a cancel must not be cut short by that cancel. */
const CLEAN_UP_MS = 10 * 60_000;

/** States in which the guest runs while an operation changes its devices. */
const LIVE: readonly VmState[] = ["HOTPLUG", "DISK_SNAPSHOT", "DISK_SNAPSHOT_DELETE", "HOTPLUG_SNAPSHOT"];

/** The VM of a request, locked to the end of the transaction, for an actor who may do `operation`. */
export async function readForOperation(tx: Tx, ctx: Ctx, operation: VmOperation, vmId: number): Promise<ParsedVm> {
  await lockVm(tx, vmId);
  return parseVm(await authorizeVmOperation(tx, ctx.actor, operation, vmId));
}

/** Throw as the reference does, unless the VM's state allows `event`. `what`: "Could not add a new disk to VM 3". */
export function requireState(vm: Pick<ParsedVm, "state">, event: VmEvent, what: string): void {
  const state = vm.state as VmState; // written only by transitionVm
  if (nextState(VM_TRANSITIONS, state, event) === null) throw appError("VM_OPERATION_STATE", { what, state });
}

/** The DISK vector of a disk. Throws DISK_NOT_FOUND. */
export function requireDisk(vm: ParsedVm, diskId: number): TemplateVector {
  const disk = vectors(vm.template, "DISK").find((vector) => vector["DISK_ID"] === String(diskId));
  if (disk === undefined) throw appError("DISK_NOT_FOUND", { vmId: vm.id, diskId });
  return disk;
}

/** Where the operation of a run takes place. */
export interface Site {
  vm: ParsedVm;
  isLive: boolean;
  tmMad: string;
  vmMad: string;
  systemId: number;
  /** `<vm_dir>` without the host. */
  vmDir: string;
  hostName: string;
  /** Last arguments of vmm actions: the VM, its host, and the libvirt there. */
  hypervisor: [vmId: string, host: string, uri: string];
}

export async function readSite(db: Db, vmId: number): Promise<Site> {
  const vm = parseVm(await requireVm(db, vmId));
  const host = await requireHost(db, vm.hostId);
  const system = await requireDatastore(db, vm.systemDatastoreId);
  return {
    vm,
    isLive: LIVE.includes(vm.state as VmState), // written only by transitionVm
    tmMad: text(vm.template, "TM_MAD_SYSTEM") ?? system.tmMad,
    vmMad: host.vmMad,
    systemId: system.id,
    vmDir: join(system.basePath, String(vmId)),
    hostName: host.name,
    hypervisor: [String(vmId), host.name, text(parseStored(Template, host.template), "LIBVIRT_URI") ?? "-"],
  };
}

/** `<host>:<vm_dir>/disk.<n>` */
export function diskPlace(site: Site, diskId: number): string {
  return `${site.hostName}:${join(site.vmDir, `disk.${diskId}`)}`;
}

type Call = Pick<DriverCall, "action" | "argv"> & { document?: string; isCleanUp?: boolean };

/** A tm action of the VM's system datastore. */
export async function callTm(run: Run, site: Site, call: Call): Promise<void> {
  await callDriver(run, { family: "tm", driver: site.tmMad }, call);
}

/** A vmm action of the VM's host; its answer. */
export async function callVmm(run: Run, site: Site, call: Call): Promise<string> {
  return await callDriver(run, { family: "vmm", driver: site.vmMad }, call);
}

async function callDriver(run: Run, driver: Pick<DriverCall, "family" | "driver">, call: Call): Promise<string> {
  const { document = "", isCleanUp = false, ...rest } = call;
  const report = await run.core.drivers.call({
    ...driver,
    ...rest,
    document,
    signal: isCleanUp ? AbortSignal.timeout(CLEAN_UP_MS) : run.signal,
    onLog: run.log.add,
    onProgress: run.progress.bytes,
  });
  return report.stdout.trim();
}

/** Record the end of an operation: what it changed, and the VM back in the state it came from. */
export async function endOperation(
  tx: Tx,
  vmId: number,
  change: (vm: ParsedVm) => Promise<Prisma.VmUpdateManyMutationInput> | Prisma.VmUpdateManyMutationInput,
): Promise<void> {
  await lockVm(tx, vmId);
  const vm = parseVm(await tx.vm.findUniqueOrThrow({ where: { id: vmId } }));
  await transitionVm(tx, vm, "operation.end", await change(vm));
}
