import { join } from "node:path";
import { z } from "zod";
import { type Tx, withTx } from "../../db/tx";
import { UNCONFIGURED } from "../../domain/backup-config";
import { appError } from "../../domain/errors";
import {
  type HostDomain,
  ImportDomain,
  importedDisks,
  importReason,
  ListedDomain,
  UnreadableDomain,
} from "../../domain/host";
import { DEFAULT_PERMISSIONS } from "../../domain/permissions";
import type { Template, TemplateVector } from "../../domain/template";
import { writeAudit } from "../audit";
import { authorizeDatastore, requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { nextId } from "../ids";
import { requireHost } from "../require";
import { diskVector, historyRow, lockRegistration, readAdopted, refuseSharedFiles } from "../vm/register";
import { attributesOf } from "./attributes";

const LIST_MS = 115_000;
const ADOPT_MS = 60_000;
const Listed = z.object({ domains: z.array(z.union([ListedDomain, UnreadableDomain])) });

/** Every domain of a host, with the VM it is already or the reason it cannot become one. */
export async function listDomains(
  ctx: Ctx,
  hostId: number,
): Promise<{ domains: HostDomain[]; unreadable: { uuid: string; error: string }[] }> {
  requireAdmin(ctx.actor, "list the domains of a host");
  const host = await requireHost(ctx.core.db, hostId);
  const { stdout } = await ctx.core.drivers.call({
    family: "vmm",
    driver: host.vmMad,
    action: "list",
    argv: [host.name, attributesOf(host.template).libvirtUri ?? "-"],
    document: "",
    signal: AbortSignal.timeout(LIST_MS),
  });
  const { domains } = Listed.parse(JSON.parse(stdout));
  const known = await ctx.core.db.vm.findMany({
    where: { hostId, state: { not: "DONE" } },
    select: { id: true, deployId: true },
  });
  const vmOf = new Map(known.map((vm) => [vm.deployId === "" ? `one-${vm.id}` : vm.deployId, vm.id]));
  return {
    domains: domains.flatMap((domain) => {
      if ("error" in domain) return [];
      const vmId = vmOf.get(domain.name) ?? null;
      return [{ ...domain, vmId, reason: vmId === null ? importReason(domain) : `It is VM ${vmId} already.` }];
    }),
    unreadable: domains.flatMap((domain) => ("error" in domain ? [domain] : [])),
  };
}

/**
 * Make a VM of a domain: its disk files stay where they are and the VM's folder gets links to them; the domain keeps its
 * name, its UUID and its definition. Only administrators, because any file of the host could be named by a domain.
 */
export async function importDomain(ctx: Ctx, raw: ImportDomain): Promise<{ vmId: number }> {
  requireAdmin(ctx.actor, "import machines of a host");
  const input = ImportDomain.parse(raw);
  const { core } = ctx;
  const host = await requireHost(core.db, input.hostId);
  const system = await authorizeDatastore(core.db, ctx.actor, "USE", input.systemDatastoreId);
  if (system.type !== "SYSTEM")
    throw appError("INVALID_INPUT", { message: `Datastore ${system.name} is not a system datastore.` });
  const { domains } = await listDomains(ctx, input.hostId);
  const domain = domains.find(({ uuid }) => uuid === input.uuid);
  if (domain === undefined) throw appError("NOT_FOUND", { object: `domain on ${host.name}`, id: input.uuid });
  if (domain.reason !== null)
    throw appError("INVALID_INPUT", { message: `${domain.name} cannot be imported: ${domain.reason}` });

  const vmId = await withTx(core.db, (tx) => nextId(tx, "vm"));
  const vmDir = join(system.basePath, String(vmId));
  const tm = { family: "tm", driver: system.tmMad, document: "" } as const;
  try {
    const disks: TemplateVector[] = [];
    for (const [diskId, disk] of importedDisks(domain).entries()) {
      const link = `${host.name}:${join(vmDir, `disk.${diskId}`)}`;
      const argv = [`${host.name}:${disk.source}`, link, String(vmId), disk.format];
      const { stdout } = await core.drivers.call({
        ...tm,
        action: "adopt",
        argv,
        signal: AbortSignal.timeout(ADOPT_MS),
      });
      const path = disk.source;
      const format = disk.format === "raw" ? "raw" : "qcow2";
      disks.push(
        diskVector({ path, format, isVolatile: false, target: disk.target }, diskId, system, readAdopted(stdout)),
      );
    }
    await withTx(core.db, (tx) => createRow(tx, ctx, { vmId, input, host, system, domain, disks }));
  } catch (error) {
    const argv = [`${host.name}:${vmDir}`, String(vmId), String(system.id)];
    await core.drivers
      .call({ ...tm, action: "delete", argv, signal: AbortSignal.timeout(ADOPT_MS) })
      .catch((cause: unknown) => core.log.warn({ err: cause, vmId }, "folder of a VM that was not imported is left"));
    throw error;
  }
  return { vmId };
}

interface NewImport {
  vmId: number;
  input: ImportDomain;
  host: { id: number; name: string };
  system: { id: number; tmMad: string; template: unknown };
  domain: HostDomain;
  disks: TemplateVector[];
}

async function createRow(tx: Tx, ctx: Ctx, at: NewImport): Promise<void> {
  const { vmId, input, host, system, domain, disks } = at;
  await lockRegistration(tx);
  const taken = await tx.vm.findFirst({
    where: { hostId: host.id, deployId: domain.name, state: { not: "DONE" } },
    select: { id: true },
  });
  if (taken !== null) throw appError("INVALID_INPUT", { message: `${domain.name} is VM ${taken.id} already.` });
  await refuseSharedFiles(
    tx,
    host.id,
    disks.map((disk) => disk["SOURCE"] ?? ""),
  );
  const state = domain.state === "off" ? "POWEROFF" : "RUNNING";
  await tx.vm.create({
    data: {
      id: vmId,
      uid: ctx.actor.userId,
      gid: ctx.actor.groupIds[0] ?? 0,
      name: input.name ?? domain.name,
      permissions: DEFAULT_PERMISSIONS,
      state,
      prevState: state,
      hostId: host.id,
      systemDatastoreId: system.id,
      deployId: domain.name,
      template: importedTemplate(at),
      backupConfig: UNCONFIGURED,
      history: { create: historyRow(at, 0) },
    },
  });
  await appendEvent(tx, { topic: "vm", objectId: vmId, type: "created" });
  await writeAudit(tx, ctx.actor, {
    what: "vm-import",
    object: "vm",
    objectId: vmId,
    data: { host: host.name, domain: domain.name, files: disks.map((disk) => disk["SOURCE"] ?? "") },
  });
}

/** What the domain says of the machine, in a VM's words; what only libvirt knows stays in its definition. */
function importedTemplate({ vmId, system, domain, disks }: NewImport): Template {
  const cdroms = domain.disks
    .filter((disk) => disk.device === "cdrom")
    .map((disk, index) => ({
      DISK_ID: String(disks.length + index),
      TYPE: "CDROM",
      FORMAT: "raw",
      SOURCE: disk.type === "file" ? disk.source : "",
      TARGET: disk.target,
      READONLY: "YES",
    }));
  const nics = domain.nics.map((nic, id) => ({
    NIC_ID: String(id),
    NETWORK: nic.network,
    MAC: nic.mac,
    MODEL: nic.model || "virtio",
    ...(nic.type === "bridge" ? { BRIDGE: nic.network } : {}),
    ...(nic.type === "network" ? { LIBVIRT_NETWORK: nic.network } : {}),
  }));
  return {
    CPU: [String(domain.cpus)],
    VCPU: [String(domain.cpus)],
    MEMORY: [String(domain.memoryMib)],
    DISK: [...disks, ...cdroms],
    ...(nics.length === 0 ? {} : { NIC: nics }),
    OS: [{ ARCH: domain.arch || "x86_64", MACHINE: domain.machine, UUID: domain.uuid }],
    FEATURES: [{ ACPI: "YES", GUEST_AGENT: domain.hasAgent ? "YES" : "NO" }],
    // A domain that libvirt forgets when it ends is started from this template again.
    IMPORTED: [domain.isPersistent ? "YES" : "NO"],
    TM_MAD_SYSTEM: [system.tmMad],
    VMID: [String(vmId)],
  };
}
