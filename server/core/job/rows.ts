import type { Prisma } from "../../db/client";
import { SQL_NULL } from "../../db/json";
import { parseStored } from "../../db/stored";
import { JobSettings } from "../../domain/job/job";

/** What the owner edits, out of a row; rows are written by the core only, parsing gives them their types back. */
export function jobSettings(job: Prisma.BackupJobModel): JobSettings {
  return parseStored(JobSettings, { ...job, extra: job.template });
}

/** The columns of settings. */
export function jobColumns({ extra, diskIds, ...columns }: JobSettings) {
  return { ...columns, template: extra, diskIds: diskIds ?? SQL_NULL };
}
