import { parseStored } from "../../db/stored";
import { type BackupConfig, isLeftOut } from "../../domain/backup-config";
import type { Execution } from "../../domain/job/job";
import { JobPolicy } from "../../domain/job/job";
import { isSelected } from "../../domain/job/selection";
import { mayByPermissions } from "../../domain/permissions";
import { parseSchedule, type ScheduledAction, scheduleVector } from "../../domain/schedule/action";
import { simulate } from "../../domain/schedule/simulate";
import { DRAFT_JOB_ID, type DraftJob, SimulateInput, type SimulationView } from "../../domain/schedule/simulate-input";
import { type SimInput, type SimJob, type SimVm, UNKNOWN_DURATION } from "../../domain/schedule/simulation";
import type { Ctx } from "../context";
import { selectable } from "../job/members";
import { readLimits, readSchedulerSettings } from "../settings";
import { rightFor } from "../vm-operations";
import { predictDurations } from "./forecast";
import { toSchedule } from "./rows";

const DAY_MS = 86_400_000;
const MAX_SHOWN = 2_000;
const HIDDEN = "another user's job";

/**
 * The coming days as the planner will carry them out, with what the input tries: other limits, moved schedules, a job that
 * is being written. Everything counts, also what the actor may not see; that is left out of the answer, and has no name in
 * it. Constantly many queries.
 *
 * @throws SCHEDULE_INVALID as saving would
 */
export async function simulateSchedules(ctx: Ctx, raw: SimulateInput): Promise<SimulationView> {
  const input = SimulateInput.parse(raw);
  const from = ctx.core.clock.now();
  const until = from + input.days * DAY_MS;
  const stored = await readWorld(ctx);
  const limits = input.limits ?? stored.limits;
  const tried = tryOut(ctx, stored, input);
  const targets = new Map<number, number | null>();
  for (const job of tried.jobs) for (const vmId of job.vmIds) targets.set(vmId, job.datastoreId);
  for (const one of tried.schedules) {
    if (one.parentType === "VM" && one.action === "backup") targets.set(one.parentId, Number.parseInt(one.args, 10));
  }
  for (const { vmId, datastoreId } of stored.active) targets.set(vmId, targets.get(vmId) ?? datastoreId);
  const durations = await predictDurations(ctx.core.db, targets);
  const vms = new Map<number, SimVm>(
    stored.vms.map((vm) => [
      vm.id,
      {
        ...{ id: vm.id, name: vm.isVisible ? vm.name : "of another user", jobId: vm.jobId },
        hostId: vm.wasDeployed ? vm.hostId : null,
        duration: durations.get(vm.id) ?? UNKNOWN_DURATION,
      },
    ]),
  );
  const world: SimInput = {
    ...{ from, until, vms, limits, settings: stored.settings, active: stored.active, resticIds: stored.resticIds },
    ...{ schedules: tried.schedules, jobs: tried.jobs },
  };
  const { runs, load, conflicts, reached } = simulate(world);
  const isShown = ({ parentType, parentId }: { parentType: string; parentId: number }) =>
    parentType === "VM"
      ? stored.visibleVms.has(parentId)
      : parentId === DRAFT_JOB_ID || stored.visibleJobs.has(parentId);
  const shown = runs.filter(isShown);
  return {
    ...{ from, until, limits, load, reached },
    runs: shown.slice(0, MAX_SHOWN),
    conflicts: conflicts.filter(isShown).slice(0, MAX_SHOWN),
    schedules: stored.schedules.filter(isShown).map((schedule) => ({
      schedule,
      mayChange: (schedule.parentType === "VM" ? stored.changeableVms : stored.changeableJobs).has(schedule.parentId),
    })),
    isCut: shown.length > MAX_SHOWN,
    hasHidden: shown.length < runs.length,
  };
}

type Stored = Awaited<ReturnType<typeof readWorld>>;

/** Everything that begins backups, and what the actor may see and change of it. */
async function readWorld(ctx: Ctx) {
  const { db } = ctx.core;
  const [rows, jobs, vms, members, active, restic, limits, settings, right] = await Promise.all([
    db.scheduledAction.findMany({ where: { OR: [{ done: -1 }, { time: { gt: db.scheduledAction.fields.done } }] } }),
    db.backupJob.findMany(),
    db.vm.findMany({
      where: { state: { not: "DONE" } },
      select: {
        ...{ id: true, name: true, uid: true, gid: true, hostId: true, permissions: true },
        ...{ userTemplate: true, backupConfig: true, _count: { select: { history: true } } },
      },
    }),
    db.jobVm.findMany({ where: { list: "OUTDATED" }, select: { jobId: true, vmId: true } }),
    db.action.findMany({
      where: { kind: "backup", state: { in: ["PENDING", "RUNNING"] } },
      select: { vmId: true, jobId: true, datastoreId: true, hostId: true, startedAt: true },
    }),
    db.datastore.findMany({ where: { dsMad: "restic" }, select: { id: true } }),
    readLimits(db),
    readSchedulerSettings(db),
    rightFor(db, ctx.actor, "sched-action"),
  ]);
  const idsWith = <O extends { id: number; uid: number; gid: number; permissions: number }>(
    objects: readonly O[],
    needed: "USE" | "MANAGE" | "ADMIN",
  ) => new Set(objects.filter((one) => mayByPermissions(ctx.actor, one, needed)).map((one) => one.id));
  const visibleVms = idsWith(vms, "USE");
  const outdated = new Map<number, number[]>();
  for (const { jobId, vmId } of members) outdated.set(jobId, [...(outdated.get(jobId) ?? []), vmId]);
  return {
    ...{ limits, settings, visibleVms, visibleJobs: idsWith(jobs, "USE") },
    ...{ changeableJobs: idsWith(jobs, "MANAGE"), changeableVms: idsWith(vms, right) },
    schedules: rows.map(toSchedule).filter((one) => one.rule.time > one.done),
    jobs: jobs.map((job) => ({
      job,
      policy: parseStored(JobPolicy, job.policy),
      outdated: outdated.get(job.id) ?? [],
    })),
    vms: vms.map((vm) => ({
      ...selectable(vm),
      id: vm.id,
      isVisible: visibleVms.has(vm.id),
      wasDeployed: vm._count.history > 0,
      jobId: configOf(vm.backupConfig).backupJobId ?? null,
      isLeftOut: isLeftOut({ leftOut: configOf(vm.backupConfig).leftOut ?? null }, ctx.core.clock.now()),
    })),
    active: active.flatMap(({ vmId, startedAt, ...rest }) =>
      vmId === null ? [] : [{ ...rest, vmId, startedAt: startedAt?.getTime() ?? null }],
    ),
    resticIds: new Set(restic.map((row) => row.id)),
  };
}

function configOf(config: unknown): Partial<BackupConfig> {
  return config as Partial<BackupConfig>; // written by the core, parsed where it matters
}

/** The stored world with moved schedules and the draft in its place. */
function tryOut(ctx: Ctx, stored: Stored, input: { moves: readonly Move[]; draft: DraftJob | null }) {
  const { draft } = input;
  const jobId = draft === null ? null : (draft.jobId ?? DRAFT_JOB_ID);
  const moves = new Map(input.moves.map((move) => [move.scheduleId, move]));
  const parse = (
    base: ScheduledAction,
    schedule: Move["schedule"],
    before: ScheduledAction | null,
  ): ScheduledAction => {
    const { parentType } = base;
    const zone = ctx.core.config.zone;
    // Fired already or not: what is written anew is armed for its new time.
    const parsed = parseSchedule(scheduleVector(schedule), { parentType, stored: before, origin: null, zone });
    return { ...base, ...parsed, message: "" };
  };
  const schedules = stored.schedules.flatMap((one) => {
    if (one.parentType === "BACKUPJOB" && one.parentId === jobId) return [];
    const move = moves.get(one.id);
    return [move === undefined ? one : parse(one, move.schedule, one)];
  });
  const jobs: SimJob[] = stored.jobs.flatMap(({ job, policy, outdated }) => {
    if (job.id === jobId) return [];
    const vmIds = membersOf(stored, { jobId: job.id, vmIds: job.vmIds, ...policy });
    const { id, priority, datastoreId } = job;
    const rest = { execution: job.execution as Execution, pausedUntil: job.pausedUntil?.getTime() ?? null };
    const name = stored.visibleJobs.has(id) ? job.name : HIDDEN;
    return [{ id, priority, datastoreId, vmIds, outdated, name, ...rest }];
  });
  if (draft === null || jobId === null) return { schedules, jobs };
  const before = stored.jobs.find(({ job }) => job.id === draft.jobId && stored.visibleJobs.has(job.id));
  jobs.push({
    ...{ id: jobId, name: draft.name, priority: draft.priority, execution: draft.execution },
    ...{ datastoreId: draft.datastoreId, outdated: before?.outdated ?? [] },
    pausedUntil: before?.job.pausedUntil?.getTime() ?? null,
    vmIds: membersOf(stored, { ...draft, jobId }),
  });
  draft.schedules.forEach(({ scheduleId, schedule }, index) => {
    const id = scheduleId ?? DRAFT_JOB_ID + index;
    const known = stored.schedules.find((one) => one.id === scheduleId && one.parentId === draft.jobId) ?? null;
    const base = known ?? {
      ...{ id, parentType: "BACKUPJOB" as const, parentId: jobId, action: "backup", args: "", done: -1, warning: 0 },
      ...{ catchUp: "once" as const, message: "", rule: EMPTY_RULE },
    };
    schedules.push(parse(base, schedule, known));
  });
  return { schedules, jobs };
}

type Move = SimulateInput extends { moves?: (infer M)[] | undefined } ? M : never;

const EMPTY_RULE: ScheduledAction["rule"] = {
  ...{ time: 0, clock: "00:00:00", repeat: "none", days: [], endType: "never", endValue: -1, zone: "UTC" },
};

/** Who would take part in a run now, as `resolveMembers` finds them. */
function membersOf(
  stored: Stored,
  of: Pick<DraftJob, "selection" | "vmIds"> & { jobId: number; exclusions: readonly { vmId: number }[] },
): number[] {
  const leftOut = stored.vms.filter((vm) => vm.isLeftOut).map((vm) => vm.id);
  const excluded = new Set([...of.exclusions.map((one) => one.vmId), ...leftOut]);
  const { selection } = of;
  const found =
    selection === null
      ? []
      : stored.vms.filter((vm) => (vm.jobId === null || vm.jobId === of.jobId) && isSelected(vm, selection));
  return [...new Set([...of.vmIds, ...found.map((vm) => vm.id)])].filter((vmId) => !excluded.has(vmId));
}
