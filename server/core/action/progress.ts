import { toJson } from "../../db/json";
import type { ActionPhase, ActionProgress } from "../../domain/action";
import { addRate } from "../../domain/throughput";
import type { Core } from "../core";

const FLUSH_MS = 1_000;
/** The rate is an average over about this long. */
const RATE_WINDOW_MS = 8_000;

export const QUEUED: ActionProgress = {
  phase: "queued",
  phases: [],
  done: 0,
  total: 0,
  rate: null,
  disks: [],
};

/** Reports of a running action; stored and told to the browsers at most once a second, and at each change of phase. */
export interface ProgressReporter {
  phase(phase: ActionPhase): Promise<void>;
  bytes(done: number, total: number): void;
  disk(diskId: number, done: number, total: number): void;
  /** Store what is not stored yet, and end the last phase. */
  finish(): Promise<void>;
}

export function createProgress(core: Core, actionId: number, from: ActionProgress): ProgressReporter {
  const { rates: before = [], ...rest } = from;
  let progress: ActionProgress = rest;
  let rates = before;
  let flushedAt = 0;
  let samples: { at: number; done: number }[] = [];
  let writing: Promise<void> = Promise.resolve();

  function store(): Promise<void> {
    flushedAt = core.clock.monotonicMs();
    const snapshot = progress;
    const stored = { ...snapshot, rates };
    writing = writing
      .then(() => core.db.action.updateMany({ where: { id: actionId }, data: { progress: toJson(stored) } }))
      .then(() => core.bus.publish({ kind: "progress", actionId, progress: snapshot }))
      .catch((error: unknown) => core.log.warn({ err: error, actionId }, "progress not stored"));
    return writing;
  }

  function storeSoon(): void {
    if (core.clock.monotonicMs() - flushedAt >= FLUSH_MS) void store();
  }

  function rate(done: number): number | null {
    const at = core.clock.monotonicMs();
    samples = [...samples.filter((sample) => at - sample.at < RATE_WINDOW_MS), { at, done }];
    const first = samples[0];
    if (first === undefined || at - first.at < FLUSH_MS) return progress.rate;
    return Math.max(0, ((done - first.done) * 1000) / (at - first.at));
  }

  return {
    phase(phase) {
      const at = core.clock.now();
      samples = [];
      const last = progress.phases.at(-1);
      // A step that is repeated after a crash goes on in its phase.
      const isSame = last !== undefined && last.phase === phase && last.endedAt === null;
      const phases = isSame
        ? progress.phases
        : [...closed(progress.phases, at), { phase, startedAt: at, endedAt: null }];
      progress = { phase, phases, done: 0, total: 0, rate: null, disks: [] };
      return store();
    },
    bytes(done, total) {
      progress = { ...progress, done, total, rate: rate(done) };
      if (progress.rate !== null) rates = addRate(rates, { at: core.clock.now(), rate: progress.rate });
      storeSoon();
    },
    disk(diskId, done, total) {
      const others = progress.disks.filter((disk) => disk.diskId !== diskId);
      progress = { ...progress, disks: [...others, { diskId, done, total }].sort((a, b) => a.diskId - b.diskId) };
      storeSoon();
    },
    finish() {
      progress = { ...progress, phases: closed(progress.phases, core.clock.now()), rate: null };
      return store();
    },
  };
}

function closed(phases: ActionProgress["phases"], at: number): ActionProgress["phases"] {
  return phases.map((record) => (record.endedAt === null ? { ...record, endedAt: at } : record));
}
