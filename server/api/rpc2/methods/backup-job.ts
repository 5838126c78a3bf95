import type { Ctx } from "../../../core/context";
import { authorizeJob } from "../../../core/job/authorize";
import { createJob, deleteJob, lockBackupJob, renameJob, setJobPriority, updateJob } from "../../../core/job/commands";
import { readJobDocuments } from "../../../core/job/documents";
import { cancelJob, retryJob, runJob } from "../../../core/job/execute";
import { appError } from "../../../domain/errors";
import { parseJobTemplate } from "../../../domain/job/job-template";
import { mergeTemplate } from "../../../domain/one-template";
import { jobTemplate, jobXml } from "../../../domain/xml/backup-job";
import { accessMethods, lockMethods } from "../common";
import { RpcError } from "../fault";
import { type Arguments, existingId, type RpcMethods } from "../method";
import { poolQuery } from "../pool";
import { scheduleMethods } from "../schedules";
import { poolDocument } from "../stream";
import { readTemplate } from "../template";

const OBJECT = "backup job";

/** Methods of §4.3. */
export const backupJobMethods: RpcMethods = {
  "one.backupjob.allocate": {
    params: "s template",
    async run(ctx, args) {
      const { name, priority, settings, schedules } = parseJobTemplate(readTemplate(args.text(0, "template")));
      return (await createJob(ctx, { ...settings, name, priority }, schedules)).jobId;
    },
  },
  "one.backupjob.info": {
    params: "i id [, b decrypt]",
    async run(ctx, args) {
      const job = await authorizeJob(ctx.core.db, ctx.actor, "USE", jobId(args));
      const [document] = await readJobDocuments(ctx.core.db, [job]);
      if (document === undefined) throw appError("NOT_FOUND", { object: OBJECT, id: job.id });
      return jobXml(document, { withSchedules: true }).xml;
    },
  },
  "one.backupjob.update": {
    params: "i id, s template [, i type=0]",
    run: (ctx, args) => update(ctx, args),
  },
  "one.backupjob.delete": {
    params: "i id",
    run: async (ctx, args) => await done(args, (id) => deleteJob(ctx, id)),
  },
  "one.backupjob.rename": {
    params: "i id, s name",
    run: async (ctx, args) => await done(args, (id) => renameJob(ctx, { jobId: id, name: args.text(1, "name") })),
  },
  ...accessMethods("backupjob", "job", OBJECT),
  ...lockMethods("backupjob", OBJECT, (ctx, { id, ...lock }) => lockBackupJob(ctx, { jobId: id, ...lock })),
  "one.backupjob.backup": {
    params: "i id",
    run: async (ctx, args) => await done(args, (id) => runJob(ctx, id)),
  },
  "one.backupjob.cancel": {
    params: "i id",
    differs: "a VM whose backup still runs stays in BACKING_UP until it has stopped",
    run: async (ctx, args) => await done(args, (id) => cancelJob(ctx, id)),
  },
  "one.backupjob.retry": {
    params: "i id",
    run: async (ctx, args) => await done(args, (id) => retryJob(ctx, id)),
  },
  "one.backupjob.priority": {
    params: "i id, i priority",
    run: async (ctx, args) =>
      await done(args, (id) => setJobPriority(ctx, { jobId: id, priority: args.int(1, "priority") })),
  },
  ...scheduleMethods("backupjob", "BACKUPJOB", OBJECT, "action"),
  "one.backupjobpool.info": {
    params: "i flag, i start, i end",
    async run(ctx, args) {
      const { db } = ctx.core;
      return await poolDocument("BACKUPJOB_POOL", poolQuery(ctx, args), {
        read: (page) => db.backupJob.findMany({ ...page, orderBy: { id: "desc" } }),
        print: async (jobs) => (await readJobDocuments(db, jobs)).map((one) => jobXml(one, { withSchedules: false })),
      });
    },
  },
};

function jobId(args: Arguments): number {
  return existingId(args.int(0, "id"), OBJECT);
}

async function done(args: Arguments, work: (id: number) => Promise<unknown>): Promise<number> {
  const id = jobId(args);
  await work(id);
  return id;
}

/** Replace without BACKUP_VMS empties the job's list, as the reference does (§1.8). */
async function update(ctx: Ctx, args: Arguments): Promise<number> {
  const [id, given, type] = [jobId(args), readTemplate(args.text(1, "template")), args.intOr(2, 0)];
  if (type !== 0 && type !== 1) throw new RpcError("RPC_API", "Wrong update type");
  const job = await authorizeJob(ctx.core.db, ctx.actor, "MANAGE", id);
  const [document] = await readJobDocuments(ctx.core.db, [job]);
  if (document === undefined) throw appError("NOT_FOUND", { object: OBJECT, id });
  const merged = mergeTemplate(jobTemplate(document, false), given, type === 0 ? "replace" : "append");
  const { settings } = parseJobTemplate(merged, document.settings.policy);
  await updateJob(ctx, { jobId: id, settings });
  return id;
}
