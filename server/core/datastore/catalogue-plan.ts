import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import type { CataloguePlan, PlannedVm, StoredDocument } from "../../domain/catalogue";
import { appError, reasonOf } from "../../domain/errors";
import type { RepositoryEntry } from "../../domain/orphan";
import { attempt } from "../../lib/outcome";
import { requireAdmin } from "../authorize";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { readNames } from "../owners";
import { requireDatastore } from "../require";
import { readVmStore, type StoreOwner, type VmStore } from "./catalogue-read";
import { knownBackups } from "./orphan-facts";
import { listRepository } from "./orphans";

/** A person waits for it. */
const PLAN_MS = 5 * 60_000;
/** Of one plan: more could not be reviewed. What is read in makes room for the rest. */
const MAX_VMS = 200;
const AT_ONCE = 4;

/**
 * What could be read into the catalogue from a backup repository, and what could not and why. Only reads; administrators
 * only, because it shows the names and owners that other people's VM documents hold.
 * @throws AppError ADMIN_ONLY, NOT_BACKUP_DATASTORE, LIST_UNSUPPORTED, DESCRIBE_UNSUPPORTED
 */
export async function planCatalogue(ctx: Ctx, datastoreId: number): Promise<CataloguePlan> {
  requireAdmin(ctx.actor, "read a repository back into the catalogue");
  const { core } = ctx;
  const datastore = await requireDescribe(core, datastoreId);
  const signal = AbortSignal.timeout(PLAN_MS);
  const entries = await listRepository(ctx, datastoreId, signal);
  const { owners, knownCount } = await unknownOwners(core.db, entries);
  const plan: CataloguePlan = {
    datastoreId,
    at: core.clock.now(),
    vms: [],
    failed: [],
    knownCount,
    leftOut: Math.max(0, owners.length - MAX_VMS),
  };
  const asked = owners.slice(0, MAX_VMS);
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    await Promise.all(
      asked.slice(at, at + AT_ONCE).map(async (owner) => {
        const read = await attempt(() => readVmStore(core, datastore, owner, entries, { signal, exceptRun: null }));
        if (read.ok) plan.vms.push(await plannedVm(core.db, ctx.actor, owner, read.value));
        else plan.failed.push({ ...owner, reason: reasonOf(read.error) });
      }),
    );
  }
  plan.vms.sort((a, b) => a.vmId - b.vmId);
  return plan;
}

/** The datastore, when its driver can describe what it holds. */
export async function requireDescribe(core: Core, datastoreId: number) {
  const datastore = await requireDatastore(core.db, datastoreId);
  if (datastore.type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId });
  const call = { family: "datastore", driver: datastore.dsMad, action: "describe" } as const;
  if (!(await core.drivers.has(call))) throw appError("DESCRIBE_UNSUPPORTED", { driver: datastore.dsMad });
  return datastore;
}

/** Whose folders hold a complete backup that is in no row, and how many points are in one. */
async function unknownOwners(db: Db, entries: readonly RepositoryEntry[]) {
  const points = entries.filter((entry) => entry.kind === "point" && entry.vmId !== null && entry.backupId !== null);
  const { recorded } = await knownBackups(db, [...new Set(points.flatMap((entry) => entry.vmId ?? []))], null);
  const unknown = points.filter((entry) => !recorded.has(`${entry.vmId}/${entry.backupId}`));
  const owners = new Map<string, StoreOwner>();
  for (const { vmId, jobId = null } of unknown) {
    if (vmId !== null) owners.set(`${vmId}/${jobId}`, { vmId, jobId });
  }
  return {
    owners: [...owners.values()].sort((a, b) => a.vmId - b.vmId),
    knownCount: points.length - unknown.length,
  };
}

async function plannedVm(db: Db, actor: Actor, { vmId, jobId }: StoreOwner, store: VmStore): Promise<PlannedVm> {
  const target = await importTarget(db, actor, vmId, store.newest);
  return { vmId, jobId, ...target, ...store.plan };
}

/** To which VM the backups of a number belong here, and who will own them. */
export async function importTarget(
  db: Db,
  actor: Pick<Actor, "userId">,
  vmId: number,
  document: StoredDocument | null,
): Promise<Pick<PlannedVm, "vmName" | "here" | "hereName" | "owner">> {
  const vm = await db.vm.findUnique({ where: { id: vmId }, select: { name: true, state: true, uid: true, gid: true } });
  const vmName = document?.vmName ?? vm?.name ?? `VM ${vmId}`;
  const here = vm === null ? "gone" : vm.name === vmName ? "same" : "other";
  const { uid, gid, why } = await ownerFor(db, actor, here === "same" ? vm : null, document);
  const names = await readNames(db, [{ uid, gid }]);
  const owner = { uid, gid, userName: names.user(uid), groupName: names.group(gid), why };
  return { vmName, here, hereName: vm?.name ?? null, owner };
}

/** A number alone says nothing in a new database, so a stored owner counts only when number and name agree. */
async function ownerFor(
  db: Db,
  actor: Pick<Actor, "userId">,
  vm: { uid: number; gid: number } | null,
  document: StoredDocument | null,
): Promise<{ uid: number; gid: number; why: string }> {
  if (vm !== null) return { uid: vm.uid, gid: vm.gid, why: "the VM's owner" };
  const user = document === null ? null : await db.user.findUnique({ where: { id: document.uid } });
  if (document !== null && user !== null && user.name === document.userName) {
    const group = await db.group.findUnique({ where: { id: document.gid } });
    const gid = group?.name === document.groupName ? document.gid : user.gid;
    return { uid: user.id, gid, why: "the owner that is stored with the backup" };
  }
  const me = await db.user.findUnique({ where: { id: actor.userId } });
  return { uid: me?.id ?? 0, gid: me?.gid ?? 0, why: "nobody here is the stored owner, so the backups become yours" };
}
