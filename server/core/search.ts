import { containing } from "../db/contains";
import { FindInput, type FoundObject } from "../domain/search";
import { visibleTo } from "./authorize";
import type { Ctx } from "./context";

/** Of each kind. */
const SHOWN = 6;

/**
 * VMs, jobs, backups, datastores and hosts that the actor may use, by a part of their name or by their number: five
 * queries, six objects of each kind. Backups are found by the name of their VM, also when that is gone.
 */
export async function findObjects(ctx: Ctx, raw: FindInput): Promise<FoundObject[]> {
  const { text } = FindInput.parse(raw);
  const { db } = ctx.core;
  const contains = containing(text);
  const id = /^#?\d{1,9}$/.test(text) ? Number(text.replace("#", "")) : null;
  const where = { AND: [visibleTo(ctx.actor), { OR: [{ name: contains }, ...(id === null ? [] : [{ id }])] }] };
  const some = { take: SHOWN, orderBy: { name: "asc" }, select: { id: true, name: true } } as const;
  const [vms, jobs, datastores, hosts, backups] = await Promise.all([
    db.vm.findMany({ where: { ...where, state: { not: "DONE" } }, ...some }),
    db.backupJob.findMany({ where, ...some }),
    db.datastore.findMany({ where, ...some }),
    ctx.actor.isAdmin ? db.host.findMany({ where: { name: contains }, ...some }) : [],
    db.image.findMany({
      where: {
        AND: [visibleTo(ctx.actor), { type: "BACKUP", OR: [{ vmName: contains }, ...(id === null ? [] : [{ id }])] }],
      },
      take: SHOWN,
      orderBy: { id: "desc" },
      select: { id: true, name: true, vmName: true, vmId: true },
    }),
  ]);
  const vmIds = backups.flatMap((backup) => backup.vmId ?? []);
  const alive = await db.vm.findMany({ where: { id: { in: vmIds }, state: { not: "DONE" } }, select: { id: true } });
  const named = (kind: FoundObject["kind"], rows: readonly { id: number; name: string }[]) =>
    rows.map((row) => ({ kind, ...row, isGone: false }));
  return [
    ...named("vm", vms),
    ...named("job", jobs),
    ...backups.map((backup) => ({
      kind: "backup" as const,
      id: backup.id,
      name: backup.vmName ?? backup.name,
      isGone: !alive.some((vm) => vm.id === backup.vmId),
    })),
    ...named("datastore", datastores),
    ...named("host", hosts),
  ];
}
