import { SYSTEM_ACTOR } from "../../domain/actor";
import { complianceOf, rpoWords } from "../../domain/compliance";
import type { Core } from "../core";
import { SILENT_SECONDS } from "../system/health";
import { readVmFacts } from "../vm/facts";
import { type Fact, notify } from "./notify";

const MINUTE_MS = 60_000;

/**
 * Alarm for each VM whose newest good point is older than its target. Told once for each time it happens: the key holds the
 * newest point. A VM without any point is late when it is in a job that is older than the target; others have never been
 * asked for, and VMs that are left out with a reason are meant to be.
 */
export async function lookForLate(core: Core): Promise<void> {
  const { db } = core;
  const now = core.clock.now();
  const [facts, jobs] = await Promise.all([
    readVmFacts(db, SYSTEM_ACTOR, now),
    db.backupJob.findMany({ select: { id: true, createdAt: true } }),
  ]);
  const jobOf = new Map(jobs.map((job) => [job.id, job]));
  const late = facts.flatMap((vm): Fact[] => {
    const { newestPointAt, target, excludedReason } = vm;
    const state = complianceOf({ newestPointAt, rpoMinutes: target.rpoMinutes, excludedReason }, now);
    const job = vm.jobId === null ? undefined : jobOf.get(vm.jobId);
    const hasWaited = job !== undefined && now - job.createdAt.getTime() > target.rpoMinutes * MINUTE_MS;
    if (state !== "out" && !(state === "never" && hasWaited)) return [];
    const since =
      newestPointAt === null ? "It has none." : `Its newest is of ${new Date(newestPointAt).toISOString()}.`;
    return [
      {
        key: `rpo-${vm.id}-${newestPointAt ?? "never"}`,
        kind: "rpo-missed",
        vmId: vm.id,
        ...(vm.jobId === null ? {} : { jobId: vm.jobId }),
        data: {
          title: `No backup of ${vm.name} for ${rpoWords(target.rpoMinutes)}`,
          text: `A good restore point is wanted every ${rpoWords(target.rpoMinutes)}. ${since}`,
        },
      },
    ];
  });
  await notify(db, late);
}

/**
 * Alarm when somebody leads and yet no pass of the scheduler ends: seen by every node, since the one that leads may be the
 * one that hangs. @returns whether the scheduler is silent
 */
export async function lookForSilence(core: Core): Promise<boolean> {
  const rows = await core.db.$queryRaw<{ holder: string; fence: bigint; passedAt: Date; seconds: number }[]>`
    SELECT "holder", "fence", "passedAt", extract(epoch FROM now()::timestamp - "passedAt")::float8 AS seconds
    FROM "Lease" WHERE "name" = 'scheduler' AND "passedAt" < now()::timestamp - make_interval(secs => ${SILENT_SECONDS}::float8)`;
  const [silent] = rows;
  if (silent === undefined) return false;
  const seconds = Math.round(silent.seconds);
  await notify(core.db, [
    {
      key: `silent-${silent.fence}-${silent.passedAt.getTime()}`,
      kind: "scheduler-silent",
      data: {
        title: `Nothing is scheduled for ${seconds} s`,
        text: `Node ${silent.holder} leads, but no pass of its scheduler has ended since ${silent.passedAt.toISOString()}. Restart Strata on that node; the server log may say why.`,
      },
    },
  ]);
  return true;
}
