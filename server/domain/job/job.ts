import { z } from "zod";
import { BackupMode, FsFreeze, IncrementMode } from "../backup-config";
import { ObjectId, ObjectName } from "../ids";
import { Gfs, NO_GFS, RpoMinutes } from "../retention-policy";

export const Execution = z.enum(["SEQUENTIAL", "PARALLEL"]);
export type Execution = z.infer<typeof Execution>;

/** The reference's four lists of a job (jobs-api-cli §1.2). */
export const MEMBER_LISTS = ["OUTDATED", "BACKING_UP", "UPDATED", "ERROR"] as const;
export type MemberList = (typeof MEMBER_LISTS)[number];

/** PRIORITY is 0–99; from 50 on it needs ADMIN to set. */
export const Priority = z.number().int().min(0).max(99);
export const DEFAULT_PRIORITY = 50;

/** VMs chosen by what they are, next to the ordered list; every given condition must hold. */
export const VmSelection = z.object({
  ownerIds: z.array(ObjectId).max(200).default([]),
  groupIds: z.array(ObjectId).max(200).default([]),
  hostIds: z.array(ObjectId).max(1000).default([]),
  /** LABELS of the VM's user template, any of them. */
  labels: z.array(z.string().min(1).max(128)).max(50).default([]),
  /** Name with * and ?. */
  namePattern: z.string().max(128).nullable().default(null),
});
export type VmSelection = z.infer<typeof VmSelection>;

export const Exclusion = z.object({
  vmId: ObjectId,
  reason: z.string().trim().min(3, "Say why this VM is left out").max(500),
});
export type Exclusion = z.infer<typeof Exclusion>;

/** What goes beyond the reference. */
export const JobPolicy = z.object({
  selection: VmSelection.nullable().default(null),
  exclusions: z.array(Exclusion).max(1000).default([]),
  /** Failed VMs are tried again by themselves, each wait twice the one before. */
  retries: z
    .object({ count: z.number().int().min(0).max(10), waitMinutes: z.number().int().min(1).max(1440) })
    .default({
      count: 0,
      waitMinutes: 10,
    }),
  /** A new chain every so many runs or days, 0 never. */
  newChain: z
    .object({ everyRuns: z.number().int().min(0).max(10_000), everyDays: z.number().int().min(0).max(3650) })
    .default({
      everyRuns: 0,
      everyDays: 0,
    }),
  /** Longest time between two good backups of a VM, in minutes; null for none. */
  rpoMinutes: RpoMinutes.nullable().default(null),
  /** Like KEEP_LAST it becomes that of each VM when its backup begins. */
  gfs: Gfs.default(NO_GFS),
});
export type JobPolicy = z.infer<typeof JobPolicy>;

export const DEFAULT_POLICY: JobPolicy = JobPolicy.parse({});

/** Everything of a job that its owner edits; a form sends all of it. */
export const JobSettings = z.object({
  vmIds: z.array(ObjectId).max(10_000).default([]),
  datastoreId: ObjectId.nullable().default(null),
  keepLast: z.number().int().min(0).max(10_000).default(0),
  backupVolatile: z.boolean().default(false),
  fsFreeze: FsFreeze.default("NONE"),
  mode: BackupMode.default("FULL"),
  incrementMode: IncrementMode.nullable().default(null),
  /** Null leaves the VMs' own choice, an empty list clears it. */
  diskIds: z.array(ObjectId).max(256).nullable().default(null),
  execution: Execution.default("SEQUENTIAL"),
  reset: z.boolean().default(false),
  policy: JobPolicy.default(DEFAULT_POLICY),
  /** Attributes without a meaning here, DESCRIPTION for instance. */
  extra: z.record(z.string().max(128), z.array(z.string().max(16_000))).default({}),
});
export type JobSettings = z.infer<typeof JobSettings>;

export const CreateJob = JobSettings.extend({
  name: ObjectName,
  priority: z.number().int().default(DEFAULT_PRIORITY),
});
export type CreateJob = z.input<typeof CreateJob>;

export const UpdateJob = z.object({ jobId: ObjectId, settings: JobSettings });
export type UpdateJob = z.input<typeof UpdateJob>;

/** A duplicate keeps its first position (jobs-api-cli §12). */
export function normalizedVmIds(vmIds: readonly number[]): number[] {
  return [...new Set(vmIds)];
}

export interface JobMember {
  vmId: number;
  vmName: string;
  list: MemberList | null;
  error: string | null;
  /** Epoch ms of the next automatic try. */
  retryAt: number | null;
  actionId: number | null;
  /** Why an outdated VM has not begun. */
  waitReason: string | null;
}

export interface JobRow {
  id: number;
  name: string;
  ownerId: number;
  ownerName: string;
  groupName: string;
  permissions: number;
  priority: number;
  datastoreId: number | null;
  datastoreName: string | null;
  mode: JobSettings["mode"];
  execution: Execution;
  keepLast: number;
  vmCount: number;
  counts: Record<MemberList, number>;
  error: string | null;
  /** Epoch ms. */
  lastBackupAt: number | null;
  /** Seconds. */
  lastBackupDuration: number;
  /** Epoch ms of the next scheduled run, null for none. */
  nextRunAt: number | null;
  pausedUntil: number | null;
  lockLevel: number;
  may: { manage: boolean; admin: boolean };
}

export interface JobRunRow {
  id: number;
  trigger: "schedule" | "manual";
  actorName: string;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number | null;
  planned: number;
  done: number;
  failed: number;
  isCancelled: boolean;
}

export interface JobDetail extends JobRow {
  settings: JobSettings;
  members: JobMember[];
  runs: JobRunRow[];
}
