import { z } from "zod";
import { listJobCandidates } from "../../core/job/candidates";
import {
  CreateJobWithSchedules,
  createJobFromForm,
  deleteJob,
  lockBackupJob,
  pauseJob,
  RenameJob,
  renameJob,
  setJobPriority,
  updateJob,
} from "../../core/job/commands";
import { cancelJob, retryJob, runJob } from "../../core/job/execute";
import { SaveJob, saveJob } from "../../core/job/form";
import { getJob, listJobs } from "../../core/job/queries";
import { addSchedule, deleteSchedule, updateSchedule } from "../../core/schedule/commands";
import {
  CalendarRange,
  listPlannedRuns,
  listSchedules,
  PreviewSchedule,
  previewSchedule,
  ScheduleOf,
} from "../../core/schedule/queries";
import { simulateSchedules } from "../../core/schedule/simulate";
import { ObjectId, PageInput } from "../../domain/ids";
import { UpdateJob } from "../../domain/job/job";
import { AddSchedule, UpdateSchedule } from "../../domain/schedule/action";
import { SimulateInput } from "../../domain/schedule/simulate-input";
import { authed, router } from "../trpc";

const JobId = z.object({ jobId: ObjectId });
const ScheduleId = z.object({ scheduleId: ObjectId });

export const jobRouter = router({
  list: authed.input(PageInput).query(({ ctx, input }) => listJobs(ctx, input)),
  get: authed.input(JobId).query(({ ctx, input }) => getJob(ctx, input.jobId)),
  create: authed.input(CreateJobWithSchedules).mutation(({ ctx, input }) => createJobFromForm(ctx, input)),
  update: authed.input(UpdateJob).mutation(({ ctx, input }) => updateJob(ctx, input)),
  save: authed.input(SaveJob).mutation(({ ctx, input }) => saveJob(ctx, input)),
  candidates: authed.query(({ ctx }) => listJobCandidates(ctx)),
  rename: authed.input(RenameJob).mutation(({ ctx, input }) => renameJob(ctx, input)),
  setPriority: authed
    .input(JobId.extend({ priority: z.number().int() }))
    .mutation(({ ctx, input }) => setJobPriority(ctx, input)),
  lock: authed
    .input(JobId.extend({ level: z.number().int().min(0).max(4) }))
    .mutation(({ ctx, input }) => lockBackupJob(ctx, input)),
  pause: authed
    .input(JobId.extend({ until: z.number().int().min(0).nullable() }))
    .mutation(({ ctx, input }) => pauseJob(ctx, input)),
  delete: authed.input(JobId).mutation(({ ctx, input }) => deleteJob(ctx, input.jobId)),
  run: authed.input(JobId).mutation(({ ctx, input }) => runJob(ctx, input.jobId)),
  cancel: authed.input(JobId).mutation(({ ctx, input }) => cancelJob(ctx, input.jobId)),
  retry: authed.input(JobId).mutation(({ ctx, input }) => retryJob(ctx, input.jobId)),
});

export const scheduleRouter = router({
  list: authed.input(ScheduleOf).query(({ ctx, input }) => listSchedules(ctx, input)),
  planned: authed.input(CalendarRange).query(({ ctx, input }) => listPlannedRuns(ctx, input)),
  preview: authed.input(PreviewSchedule).query(({ ctx, input }) => previewSchedule(ctx, input)),
  /** A mutation by its size only: a draft can hold thousands of VMs; nothing is stored. */
  simulate: authed.input(SimulateInput).mutation(({ ctx, input }) => simulateSchedules(ctx, input)),
  add: authed.input(AddSchedule).mutation(({ ctx, input }) => addSchedule(ctx, input)),
  update: authed.input(UpdateSchedule).mutation(({ ctx, input }) => updateSchedule(ctx, input)),
  delete: authed.input(ScheduleId).mutation(({ ctx, input }) => deleteSchedule(ctx, input.scheduleId)),
});
