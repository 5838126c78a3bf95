import { z } from "zod";
import { ObjectId } from "../ids";
import { Exclusion, Execution, VmSelection } from "../job/job";
import { type ScheduledAction, ScheduleInput } from "./action";
import type { Simulation } from "./simulation";

const Limit = z.number().int().min(0).max(1000);

/** A job as it is being written in the editor. */
export const DraftJob = z.object({
  /** Null for a job that does not exist yet. */
  jobId: ObjectId.nullable(),
  name: z.string().max(128),
  priority: z.number().int().min(0).max(99),
  execution: Execution,
  vmIds: z.array(ObjectId).max(10_000),
  selection: VmSelection.nullable(),
  exclusions: z.array(Exclusion.pick({ vmId: true })).max(1000),
  datastoreId: ObjectId.nullable(),
  /** Those with an id replace the stored one; stored ones that are not named are taken away. */
  schedules: z.array(z.object({ scheduleId: ObjectId.nullable(), schedule: ScheduleInput })).max(50),
});
export type DraftJob = z.infer<typeof DraftJob>;

/** What to look at, and what to try: nothing of it is stored. */
export const SimulateInput = z.object({
  /** Days from now on. */
  days: z.number().int().min(1).max(45),
  limits: z.object({ maxBackups: Limit, maxBackupsHost: Limit }).nullable().default(null),
  moves: z
    .array(z.object({ scheduleId: ObjectId, schedule: ScheduleInput }))
    .max(50)
    .default([]),
  draft: DraftJob.nullable().default(null),
});
export type SimulateInput = z.input<typeof SimulateInput>;

/** A simulation as one user may see it. */
export interface SimulationView extends Simulation {
  /** Epoch ms, both. */
  from: number;
  until: number;
  limits: { maxBackups: number; maxBackupsHost: number };
  /** Stored schedules behind the runs, with the right to change them. */
  schedules: { schedule: ScheduledAction; mayChange: boolean }[];
  /** More runs than are shown. */
  isCut: boolean;
  /** Runs of others count, but are not shown. */
  hasHidden: boolean;
}

/** Id that runs of a draft without one carry. */
export const DRAFT_JOB_ID = 2_000_000_000;
