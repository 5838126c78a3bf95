import type { ScheduledAction, ScheduleParent } from "./action";
import { blackoutEnd, isInBlackout } from "./blackout";
import { fire } from "./firing";
import { type PlanVm, planJobs, type WaitKind } from "./plan-jobs";
import { planTick, type TickAction } from "./plan-tick";
import type { ConflictKind, LoadStep, SimActive, SimBackup, SimConflict, SimInput, SimJob } from "./simulation";

/** Bounds of one simulation, in units of work; a year of a thousand jobs must not hold the server. */
const MAX_WORK = 1_000_000;
const MAX_RUNS = 4_000;

export interface WorldRun {
  scheduleId: number;
  parentType: ScheduleParent;
  parentId: number;
  parentName: string;
  action: string;
  /** Epoch ms. */
  at: number;
  beginsAt: number | null;
  lastEnd: number | null;
  isOver: boolean;
  backups: SimBackup[];
  isGuess: boolean;
}

interface Backup extends Omit<SimActive, "startedAt"> {
  id: number;
  run: WorldRun | null;
  /** Epoch ms at which it ends; null while it is queued. */
  endsAt: number | null;
}

interface JobNow {
  job: SimJob;
  outdated: number[];
  backingUp: number;
  run: WorldRun | null;
}

export type WorldConflict = Omit<SimConflict, "isLikely"> & { slot: number };

export interface World {
  now: number;
  runs: WorldRun[];
  load: LoadStep[];
  conflicts: WorldConflict[];
  /** One pass of the leader at `now`, then on to the next moment at which something can change; false at the end. */
  step: () => boolean;
}

/** Each trouble of a run is told once. */
function toldKey(of: Pick<WorldConflict, "kind" | "parentType" | "parentId" | "slot">): string {
  return `${of.kind} ${of.parentType} ${of.parentId} ${of.slot}`;
}

/** The state of everything that begins backups, moved from event to event. */
export function createWorld(input: SimInput, length: "medianMs" | "p90Ms"): World {
  const { limits, settings, vms } = input;
  const schedules = new Map(input.schedules.filter((one) => one.rule.time > one.done).map((one) => [one.id, one]));
  const jobs = new Map<number, JobNow>();
  for (const job of input.jobs) {
    jobs.set(job.id, { job, outdated: [...job.outdated], backingUp: 0, run: null });
  }
  const hosts: ReadonlyMap<number, PlanVm> = new Map([...vms].map(([id, vm]) => [id, { hostId: vm.hostId }]));
  const backups = new Map<number, Backup>();
  const busyVms = new Set<number>();
  const told = new Set<string>();
  let made = 0;
  let work = 0;
  const world: World = { now: input.from, runs: [], load: [], conflicts: [], step };
  for (const active of input.active) queue(active, null, active.startedAt);

  function queue(active: Omit<SimActive, "startedAt">, run: WorldRun | null, startedAt: number | null = null): void {
    const id = ++made;
    const { vmId, jobId, datastoreId, hostId } = active;
    const backup: Backup = { id, vmId, jobId, datastoreId, hostId, run, endsAt: null };
    // What has run for longer than usual may end at any moment.
    if (startedAt !== null) backup.endsAt = Math.max(world.now + 60_000, startedAt + lengthOf(vmId));
    backups.set(id, backup);
    busyVms.add(vmId);
    const job = jobId === null ? undefined : jobs.get(jobId);
    if (job !== undefined) job.backingUp += 1;
  }

  function lengthOf(vmId: number): number {
    return Math.max(1000, vms.get(vmId)?.duration[length] ?? 0);
  }

  function tell(conflict: Omit<WorldConflict, "at">): void {
    const key = toldKey(conflict);
    if (told.has(key)) return;
    told.add(key);
    world.conflicts.push({ ...conflict, at: world.now });
  }

  const place = (run: Pick<WorldRun, "parentType" | "parentId" | "scheduleId" | "at">) => ({
    ...{ parentType: run.parentType, parentId: run.parentId, scheduleId: run.scheduleId, slot: run.at },
  });

  function step(): boolean {
    const { now } = world;
    endBackups(now);
    const isHeld = (settings.pausedUntil ?? 0) > now || isInBlackout(settings.blackouts, now);
    fireDue(now, isHeld);
    if (!isHeld) startMembers(now);
    startQueued(now);
    closeRuns(now);
    noteLoad(now);
    const next = nextMoment(now, isHeld);
    if (next === null || next > input.until) {
      world.now = input.until;
      return false;
    }
    work += 1 + backups.size;
    if (work > MAX_WORK || world.runs.length > MAX_RUNS) return false;
    world.now = next;
    return true;
  }

  function endBackups(now: number): void {
    for (const backup of backups.values()) {
      if (backup.endsAt === null || backup.endsAt > now) continue;
      backups.delete(backup.id);
      busyVms.delete(backup.vmId);
      const job = backup.jobId === null ? undefined : jobs.get(backup.jobId);
      if (job !== undefined) job.backingUp -= 1;
      if (backup.run !== null) {
        backup.run.lastEnd = Math.max(backup.run.lastEnd ?? 0, backup.endsAt);
        if (job === undefined) backup.run.isOver = true;
      }
    }
  }

  /** Due schedules, the earliest of each parent, as the leader takes them. */
  function fireDue(now: number, isHeld: boolean): void {
    const second = Math.floor(now / 1000);
    const first = new Map<string, ScheduledAction>();
    for (const one of schedules.values()) {
      work += 0.1;
      if (one.rule.time >= second) continue;
      const key = `${one.parentType} ${one.parentId}`;
      const before = first.get(key);
      if (before === undefined || one.rule.time < before.rule.time) first.set(key, one);
    }
    for (const schedule of first.values()) {
      const run = begin(schedule);
      if (isHeld) {
        const isPause = (settings.pausedUntil ?? 0) > now;
        tell({
          ...place(run),
          kind: "blackout",
          text: `${run.parentName} is due ${isPause ? "while everything is paused" : "inside a blackout window"}: it begins afterwards.`,
        });
      } else fireOne(schedule, run, now);
    }
  }

  function begin(schedule: ScheduledAction): WorldRun {
    const { id, parentType, parentId, action, rule } = schedule;
    const name = parentType === "VM" ? vms.get(parentId)?.name : jobs.get(parentId)?.job.name;
    return {
      ...{ scheduleId: id, parentType, parentId, action, at: rule.time * 1000, beginsAt: null, lastEnd: null },
      ...{ parentName: name ?? `${parentType} ${parentId}`, isOver: false, backups: [], isGuess: false },
    };
  }

  function fireOne(schedule: ScheduledAction, run: WorldRun, now: number): void {
    const firing = fire(schedule, Math.floor(now / 1000));
    if (firing === null) return;
    if (!firing.isMissed && !(run.parentType === "VM" ? beginVm(schedule, run, now) : beginJob(run, now))) return;
    if (firing.next === null) schedules.delete(schedule.id);
    else schedules.set(schedule.id, { ...schedule, rule: firing.next, done: Math.floor(now / 1000) });
  }

  /** False while members of its last run wait or run: the schedule stays due. */
  function beginJob(run: WorldRun, now: number): boolean {
    const state = jobs.get(run.parentId);
    if (state === undefined) return true;
    if (state.outdated.length + state.backingUp > 0) {
      tell({
        ...place(run),
        kind: "still-running",
        text: `${run.parentName} is due while its run before still goes on: it begins late, and times that pass meanwhile are left out.`,
      });
      return false;
    }
    run.beginsAt = now;
    state.outdated = state.job.vmIds.filter((vmId) => vms.has(vmId));
    state.run = run;
    world.runs.push(run);
    return true;
  }

  /** False while the VM cannot be backed up: the schedule stays due. */
  function beginVm(schedule: ScheduledAction, run: WorldRun, now: number): boolean {
    const vm = vms.get(run.parentId);
    if (vm === undefined) return true;
    if (run.action === "backup") {
      const inJob = vm.jobId === null ? undefined : jobs.get(vm.jobId);
      if (inJob !== undefined || busyVms.has(vm.id)) {
        const why =
          inJob === undefined
            ? "another backup of it goes on: it begins afterwards"
            : `it is in backup job ${inJob.job.name}: single backups of it are refused`;
        tell({ ...place(run), kind: "two-runs", text: `VM ${vm.name} is due, but ${why}.` });
        return false;
      }
      const datastoreId = Number.parseInt(schedule.args, 10);
      queue({ vmId: vm.id, jobId: null, datastoreId, hostId: vm.hostId }, run);
      run.isGuess = vm.duration.basis === "guess";
    } else run.isOver = true;
    run.beginsAt = now;
    world.runs.push(run);
    return true;
  }

  function startMembers(now: number): void {
    const waiting = [...jobs.values()].filter((state) => state.outdated.length > 0);
    if (waiting.length === 0) return;
    const activeOnHost = new Map<number, number>();
    for (const { hostId } of backups.values()) {
      if (hostId !== null) activeOnHost.set(hostId, (activeOnHost.get(hostId) ?? 0) + 1);
    }
    const plan = planJobs(
      {
        jobs: waiting.map((state) => ({
          ...{ id: state.job.id, priority: state.job.priority, execution: state.job.execution },
          ...{ outdated: worthAsking(state), backingUp: state.backingUp },
          isPaused: (state.job.pausedUntil ?? 0) > now,
        })),
        vms: hosts,
        active: backups.size,
        activeOnHost,
      },
      limits,
    );
    work += plan.waiting.length + plan.start.length;
    const gone = new Map<number, Set<number>>();
    for (const { jobId, vmId } of [...plan.start, ...plan.drop]) {
      gone.set(jobId, (gone.get(jobId) ?? new Set()).add(vmId));
    }
    for (const { jobId, vmId } of plan.start) startMember(jobId, vmId);
    for (const [jobId, ids] of gone) {
      const state = jobs.get(jobId);
      if (state !== undefined) state.outdated = state.outdated.filter((vmId) => !ids.has(vmId));
    }
    for (const { jobId, vmId, kind, reason } of plan.waiting) tellWait(jobId, vmId, kind, reason);
  }

  /** Members about whom the planner can say anything new: of a sequential job that is busy, one that holds its level. */
  function worthAsking({ job, outdated, backingUp }: JobNow): number[] {
    if (job.execution !== "SEQUENTIAL" || backingUp === 0) return outdated;
    const one = outdated.find((vmId) => vms.get(vmId)?.hostId != null);
    return one === undefined ? outdated : [one];
  }

  function startMember(jobId: number, vmId: number): void {
    const state = jobs.get(jobId);
    const vm = vms.get(vmId);
    if (state === undefined || vm === undefined) return;
    const { run, job } = state;
    if (busyVms.has(vmId)) {
      const at = run === null ? { parentType: "BACKUPJOB" as const, parentId: jobId, scheduleId: -1, at: 0 } : run;
      tell({
        ...place(at),
        kind: "two-runs",
        text: `VM ${vm.name} is due in ${job.name} while another backup of it goes on: it ends in the list of errors.`,
      });
      return;
    }
    queue({ vmId, jobId, datastoreId: job.datastoreId, hostId: vm.hostId }, run);
    if (run !== null && vm.duration.basis === "guess") run.isGuess = true;
  }

  function tellWait(jobId: number, vmId: number, kind: WaitKind, reason: string): void {
    const run = jobs.get(jobId)?.run;
    const troubles: Partial<Record<WaitKind, ConflictKind>> = {
      "never-deployed": "never-deployed",
      limit: "over-limit",
      "host-limit": "over-limit",
    };
    const trouble = troubles[kind];
    // Thousands wait at once: no sentence is made for what was told.
    if (run == null || trouble === undefined || told.has(toldKey({ ...run, slot: run.at, kind: trouble }))) return;
    if (kind === "never-deployed") {
      const text = `VM ${vms.get(vmId)?.name ?? vmId} of ${run.parentName} was never deployed: the run waits for it and does not end.`;
      tell({ ...place(run), kind: "never-deployed", text });
    } else {
      tell({ ...place(run), kind: "over-limit", text: `VMs of ${run.parentName} have to wait: ${reason}.` });
    }
  }

  function startQueued(now: number): void {
    const queued = [...backups.values()].filter((backup) => backup.endsAt === null);
    if (queued.length === 0) return;
    const asTick = ({ id, hostId }: Backup): TickAction => ({ id, kind: "backup", hostId });
    const running = [...backups.values()].filter((backup) => backup.endsAt !== null);
    const plan = planTick({ pending: queued.map(asTick), running: running.map(asTick) }, { ...limits, maxOthers: 0 });
    for (const id of plan.start) {
      const backup = backups.get(id);
      if (backup === undefined) continue;
      const to = now + lengthOf(backup.vmId);
      const { run, vmId } = backup;
      if (run !== null) {
        tellRepository(backup, run);
        if (isInBlackout(settings.blackouts, to - 1)) {
          tell({
            ...place(run),
            kind: "outside-window",
            text: `Backups of ${run.parentName} are still running when a blackout window has begun; those that wait begin after it.`,
          });
        }
        run.backups.push({ vmId, vmName: vms.get(vmId)?.name ?? `VM ${vmId}`, from: now, to });
      }
      backup.endsAt = to;
    }
    for (const [id, reason] of plan.waiting) {
      const run = backups.get(id)?.run ?? null;
      if (run !== null) tell({ ...place(run), kind: "over-limit", text: `${run.parentName} has to wait: ${reason}.` });
    }
  }

  function tellRepository(backup: Backup, run: WorldRun): void {
    const { datastoreId } = backup;
    if (datastoreId === null || !input.resticIds.has(datastoreId)) return;
    const others = [...backups.values()].filter((one) => one.datastoreId === datastoreId && one.endsAt !== null);
    const other = others.find((one) => (one.jobId ?? `vm ${one.vmId}`) !== (backup.jobId ?? `vm ${backup.vmId}`));
    if (other === undefined) return;
    const job = other.jobId === null ? undefined : jobs.get(other.jobId);
    const name = job === undefined ? `the backup of VM ${vms.get(other.vmId)?.name ?? other.vmId}` : job.job.name;
    const text = `${run.parentName} and ${name} write to one restic repository at the same time: its locks make them wait for each other.`;
    tell({ ...place(run), kind: "restic", text });
  }

  function closeRuns(now: number): void {
    for (const state of jobs.values()) {
      if (state.run === null || state.outdated.length + state.backingUp > 0) continue;
      state.run.isOver = true;
      state.run.lastEnd ??= now;
      state.run = null;
    }
  }

  function noteLoad(now: number): void {
    const perHost = new Map<number, number>();
    let running = 0;
    for (const { hostId, endsAt } of backups.values()) {
      if (endsAt === null) continue;
      running += 1;
      if (hostId !== null) perHost.set(hostId, (perHost.get(hostId) ?? 0) + 1);
    }
    const fullestHost = Math.max(0, ...perHost.values());
    const last = world.load.at(-1);
    if (last?.running !== running || last.fullestHost !== fullestHost)
      world.load.push({ at: now, running, fullestHost });
  }

  /** The next moment at which something can change; null when nothing will. */
  function nextMoment(now: number, isHeld: boolean): number | null {
    let next = Number.POSITIVE_INFINITY;
    const consider = (at: number) => {
      if (at > now && at < next) next = at;
    };
    for (const { endsAt } of backups.values()) if (endsAt !== null) consider(endsAt);
    // The leader takes what lies before the second of now.
    for (const { rule } of schedules.values()) consider((rule.time + 1) * 1000);
    for (const { job } of jobs.values()) if (job.pausedUntil !== null) consider(job.pausedUntil);
    if (settings.pausedUntil !== null) consider(settings.pausedUntil);
    if (isHeld) consider(blackoutEnd(settings.blackouts, now) ?? Number.POSITIVE_INFINITY);
    // Another schedule of the same parent is due already: it has the next pass.
    if (!isHeld && hasSecondDue(now)) consider(now + 1000);
    return Number.isFinite(next) ? next : null;
  }

  function hasSecondDue(now: number): boolean {
    return [...schedules.values()].some(({ rule, parentType, parentId, action }) => {
      if ((rule.time + 1) * 1000 > now) return false;
      const kind: ConflictKind = parentType === "VM" ? "two-runs" : "still-running";
      if (!told.has(toldKey({ kind, parentType, parentId, slot: rule.time * 1000 }))) return true;
      const job = parentType === "BACKUPJOB" ? jobs.get(parentId) : undefined;
      if (job !== undefined) return job.outdated.length + job.backingUp === 0;
      const vm = parentType === "VM" ? vms.get(parentId) : undefined;
      return vm !== undefined && (action !== "backup" || (!busyVms.has(vm.id) && !jobs.has(vm.jobId ?? -1)));
    });
  }

  return world;
}
