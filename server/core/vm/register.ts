import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { UNCONFIGURED } from "../../domain/backup-config";
import { appError } from "../../domain/errors";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import type { Template, TemplateVector } from "../../domain/template";
import { RegisterVmRequest } from "../../domain/vm";
import { writeAudit } from "../audit";
import { authorizeDatastore, requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { datastoreXml, driverDocument } from "../documents";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { leaseNics } from "../network/lease";
import { cephAttributes } from "./ceph";

const ADOPT_MS = 60_000;
const MIB = 1024 * 1024;
const AdoptAnswer = z.object({
  virtualSize: z.number().int().min(1),
  format: z.enum(["qcow2", "raw"]),
  path: z.string(),
});

/**
 * Make a powered-off VM of disk files that are on a host already. The files stay where they are: the VM's folder gets
 * links to them. Only administrators, because any file of the host could be named.
 *
 * The links are made before the row: when that fails, or we are killed between, no VM exists and the folder of an id that
 * is never used again is all that may be left.
 */
export async function registerVm(ctx: Ctx, raw: RegisterVmRequest): Promise<{ vmId: number }> {
  requireAdmin(ctx.actor, "register disk files as a VM");
  const input = RegisterVmRequest.parse(raw);
  const { core } = ctx;
  const [host, system] = await Promise.all([
    core.db.host.findUnique({ where: { id: input.hostId } }),
    authorizeDatastore(core.db, ctx.actor, "USE", input.systemDatastoreId),
  ]);
  if (host === null) throw appError("NOT_FOUND", { object: "host", id: input.hostId });
  if (system.type !== "SYSTEM")
    throw appError("INVALID_INPUT", { message: `Datastore ${system.name} is not a system datastore.` });

  const vmId = await withTx(core.db, (tx) => nextId(tx, "vm"));
  const vmDir = join(system.basePath, String(vmId));
  const signal = AbortSignal.timeout(ADOPT_MS);
  const tm = { family: "tm", driver: system.tmMad, document: "", signal } as const;
  const document = driverDocument({ datastore: datastoreXml(system) });
  try {
    const disks: TemplateVector[] = [];
    for (const [diskId, disk] of input.disks.entries()) {
      const link = `${host.name}:${join(vmDir, `disk.${diskId}`)}`;
      const argv = [`${host.name}:${disk.path}`, link, String(vmId), disk.format];
      const { stdout } = await core.drivers.call({ ...tm, action: "adopt", argv, document });
      disks.push(diskVector(disk, diskId, system, readAdopted(stdout)));
    }
    await createRow(ctx, input, vmId, { host, system, disks });
  } catch (error) {
    const argv = [`${host.name}:${vmDir}`, String(vmId), String(system.id)];
    await core.drivers
      .call({ ...tm, action: "delete", argv, signal: AbortSignal.timeout(ADOPT_MS) })
      .catch((cause: unknown) => core.log.warn({ err: cause, vmId }, "folder of a VM that was not registered is left"));
    throw error;
  }
  return { vmId };
}

/** The answer of `tm adopt`. */
export function readAdopted(stdout: string): z.infer<typeof AdoptAnswer> {
  return AdoptAnswer.parse(JSON.parse(stdout));
}

/** The DISK of an adopted file. */
export function diskVector(
  disk: RegisterVmRequest["disks"][number],
  diskId: number,
  system: { tmMad: string; template: unknown },
  facts: z.infer<typeof AdoptAnswer>,
): TemplateVector {
  const isCeph = system.tmMad === "ceph";
  if (isCeph && disk.isVolatile)
    throw appError("INVALID_INPUT", { message: "A disk in Ceph cannot be made volatile." });
  return {
    ...(isCeph ? { ...cephAttributes(system.template), CLONE: "NO" } : {}),
    DISK_ID: String(diskId),
    TYPE: disk.isVolatile ? "fs" : isCeph ? "RBD" : "FILE",
    FORMAT: facts.format,
    SIZE: String(Math.ceil(facts.virtualSize / MIB)),
    SOURCE: facts.path, // resolved on the host: links to one file are one file
    TARGET: disk.target ?? `vd${String.fromCharCode(97 + (diskId % 26))}`,
    TM_MAD: system.tmMad,
    PERSISTENT: "YES",
  };
}

interface Placement {
  host: { id: number; name: string };
  system: { id: number; tmMad: string };
  disks: TemplateVector[];
}

async function createRow(ctx: Ctx, input: RegisterVmRequest, vmId: number, at: Placement): Promise<void> {
  const template: Template = {
    CPU: [String(input.cpu)],
    MEMORY: [String(input.memoryMb)],
    DISK: at.disks,
    TM_MAD_SYSTEM: [at.system.tmMad],
    VMID: [String(vmId)],
  };
  await withTx(ctx.core.db, async (tx) => {
    await lockRegistration(tx);
    await refuseSharedFiles(
      tx,
      input.hostId,
      at.disks.map((disk) => disk["SOURCE"] ?? ""),
    );
    const { nics } = await leaseNics(tx, {
      actor: ctx.actor,
      vmId,
      nics: input.nics.map(nicVector),
      onTaken: "refuse",
    });
    if (nics.length > 0) template["NIC"] = nics;
    await tx.vm.create({
      data: {
        id: vmId,
        uid: ctx.actor.userId,
        gid: ctx.actor.groupIds[0] ?? 0,
        name: input.name,
        permissions: DEFAULT_PERMISSIONS,
        state: "POWEROFF",
        hostId: at.host.id,
        systemDatastoreId: at.system.id,
        deployId: `one-${vmId}`,
        template,
        backupConfig: UNCONFIGURED,
        history: { create: historyRow(at, 0) },
      },
    });
    await appendEvent(tx, { topic: "vm", objectId: vmId, type: "created" });
    const files = input.disks.map((disk) => disk.path);
    await writeAudit(tx, ctx.actor, {
      what: "vm-register",
      object: "vm",
      objectId: vmId,
      data: { name: input.name, files },
    });
  });
}

/** History record of a VM placed on a host. */
export function historyRow(at: Omit<Placement, "disks">, seq: number) {
  return {
    seq,
    hostId: at.host.id,
    hostName: at.host.name,
    datastoreId: at.system.id,
    vmMad: "kvm",
    tmMad: at.system.tmMad,
  };
}

function nicVector(nic: RegisterVmRequest["nics"][number], nicId: number): TemplateVector {
  return {
    NIC_ID: String(nicId),
    NETWORK: nic.network,
    MAC: newMac(),
    ...(nic.ip === undefined ? {} : { IP: nic.ip }),
  };
}

/** A locally administered MAC address with OpenNebula's prefix 02:00. */
export function newMac(): string {
  return ["02", "00", ...[...randomBytes(4)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

/** Until the end of the transaction: two registrations of one file at once would both find it free. */
export async function lockRegistration(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('strata.register-vm'))`;
}

/** Two VMs on one file would destroy each other's data. */
export async function refuseSharedFiles(tx: Tx, hostId: number, paths: string[]): Promise<void> {
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) throw appError("INVALID_INPUT", { message: `${twice} is named twice.` });
  const used = await tx.$queryRaw<{ id: number; path: string }[]>`
    SELECT v."id", d->>'SOURCE' AS path FROM "Vm" v, jsonb_array_elements(v."template"->'DISK') d
    WHERE v."state" <> 'DONE' AND v."hostId" = ${hostId} AND d->>'SOURCE' = ANY(${paths})`;
  const [first] = used;
  if (first !== undefined)
    throw appError("INVALID_INPUT", { message: `${first.path} is a disk of VM ${first.id} already.` });
}
