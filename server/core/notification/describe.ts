import { z } from "zod";
import type { Prisma } from "../../db/client";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import { NotificationItem, type NotificationKind } from "../../domain/notification";
import { selectable } from "../job/members";

const Data = z.object({ title: z.string().default(""), text: z.string().default("") });
const MAX_TEXT = 2_000;

/** Facts of the outbox with names, reasons and labels, in constantly many queries. */
export async function describeFacts(db: Db, rows: readonly Prisma.NotificationModel[]): Promise<NotificationItem[]> {
  const idsOf = (name: "actionId" | "vmId" | "jobId") => [
    ...new Set(rows.flatMap((row) => (row[name] === null ? [] : [row[name]]))),
  ];
  const [actions, vms] = await Promise.all([
    db.action.findMany({
      where: { id: { in: idsOf("actionId") } },
      select: { id: true, kind: true, vmName: true, error: true, warnings: true },
    }),
    db.vm.findMany({ where: { id: { in: idsOf("vmId") } } }),
  ]);
  const actionOf = new Map(actions.map((action) => [action.id, action]));
  const vmOf = new Map(vms.map((vm) => [vm.id, vm]));
  const memberOf = (vmId: number | null) => jobIdOf(vmId === null ? undefined : vmOf.get(vmId));
  const jobIds = rows.flatMap((row) => row.jobId ?? memberOf(row.vmId) ?? []);
  const jobs = await db.backupJob.findMany({ where: { id: { in: jobIds } }, select: { id: true, name: true } });
  const jobOf = new Map(jobs.map((job) => [job.id, job]));

  return rows.map((row) => {
    const action = row.actionId === null ? undefined : actionOf.get(row.actionId);
    const vm = row.vmId === null ? undefined : vmOf.get(row.vmId);
    const vmName = vm?.name ?? action?.vmName ?? (row.vmId === null ? null : `VM ${row.vmId}`);
    const data = parseStored(Data, row.data);
    const kind = row.kind as NotificationKind; // written only by notify, which types it
    const jobId = row.jobId ?? memberOf(row.vmId);
    return NotificationItem.parse({
      id: String(row.id),
      kind,
      severity: row.severity,
      at: row.at.getTime(),
      title: (data.title || runTitle(kind, action?.kind ?? "run", vmName)).slice(0, 300),
      text: (data.text || [action?.error ?? "", ...(action?.warnings ?? [])].filter(Boolean).join("\n")).slice(
        0,
        MAX_TEXT,
      ),
      vm: row.vmId === null ? null : { id: row.vmId, name: vmName ?? "" },
      job: jobId === null ? null : (jobOf.get(jobId) ?? null),
      actionId: row.actionId,
      labels: vm === undefined ? [] : [...selectable(vm).labels],
    });
  });
}

const ENDED: Partial<Record<NotificationKind, string>> = {
  "run-done": "done",
  "run-cancelled": "cancelled",
  "run-warning": "done, with warnings",
  "run-failed": "failed",
};

/** "Backup of web-01 failed". */
function runTitle(kind: NotificationKind, operation: string, vmName: string | null): string {
  const words = operation.replaceAll("-", " ");
  const what = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return `${what}${vmName === null ? "" : ` of ${vmName}`} ${ENDED[kind] ?? ""}`.trim();
}

const Member = z.object({ backupJobId: z.number().nullable().catch(null) }).catch({ backupJobId: null });

function jobIdOf(vm: { backupConfig: Prisma.JsonValue } | undefined): number | null {
  return vm === undefined ? null : Member.parse(vm.backupConfig).backupJobId;
}
