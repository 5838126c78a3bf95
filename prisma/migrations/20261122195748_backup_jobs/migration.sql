-- AlterTable
ALTER TABLE "Action" ADD COLUMN     "jobId" INTEGER,
ADD COLUMN     "jobRunId" INTEGER,
ADD COLUMN     "scheduleId" INTEGER,
ADD COLUMN     "slot" BIGINT;

-- CreateTable
CREATE TABLE "BackupJob" (
    "id" INTEGER NOT NULL,
    "uid" INTEGER NOT NULL,
    "gid" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "permissions" INTEGER NOT NULL DEFAULT 384,
    "priority" INTEGER NOT NULL DEFAULT 50,
    "lastBackupAt" TIMESTAMP(3),
    "lastBackupDuration" INTEGER NOT NULL DEFAULT 0,
    "vmIds" INTEGER[],
    "datastoreId" INTEGER,
    "keepLast" INTEGER NOT NULL DEFAULT 0,
    "backupVolatile" BOOLEAN NOT NULL DEFAULT false,
    "fsFreeze" TEXT NOT NULL DEFAULT 'NONE',
    "mode" TEXT NOT NULL DEFAULT 'FULL',
    "incrementMode" TEXT,
    "diskIds" JSONB,
    "execution" TEXT NOT NULL DEFAULT 'SEQUENTIAL',
    "reset" BOOLEAN NOT NULL DEFAULT false,
    "error" TEXT,
    "template" JSONB NOT NULL DEFAULT '{}',
    "policy" JSONB NOT NULL DEFAULT '{}',
    "pausedUntil" TIMESTAMP(3),
    "lockLevel" INTEGER NOT NULL DEFAULT 0,
    "lockOwner" INTEGER,
    "lockedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BackupJob_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "JobVm" (
    "jobId" INTEGER NOT NULL,
    "vmId" INTEGER NOT NULL,
    "list" TEXT NOT NULL,
    "error" TEXT,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "retryAt" TIMESTAMP(3),
    "actionId" INTEGER,

    CONSTRAINT "JobVm_pkey" PRIMARY KEY ("jobId","vmId")
);

-- CreateTable
CREATE TABLE "JobRun" (
    "id" INTEGER NOT NULL,
    "jobId" INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    "scheduleId" INTEGER,
    "slot" BIGINT,
    "actorId" INTEGER NOT NULL,
    "actorName" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMP(3),
    "planned" INTEGER NOT NULL DEFAULT 0,
    "done" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "cancelled" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "JobRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ScheduledAction" (
    "id" INTEGER NOT NULL,
    "parentType" TEXT NOT NULL,
    "parentId" INTEGER NOT NULL,
    "action" TEXT NOT NULL,
    "args" TEXT NOT NULL DEFAULT '',
    "time" BIGINT NOT NULL,
    "clock" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "repeat" TEXT NOT NULL DEFAULT 'none',
    "days" INTEGER[],
    "endType" TEXT NOT NULL DEFAULT 'none',
    "endValue" BIGINT NOT NULL DEFAULT -1,
    "catchUp" TEXT NOT NULL DEFAULT 'once',
    "done" BIGINT NOT NULL DEFAULT -1,
    "message" TEXT NOT NULL DEFAULT '',
    "warning" BIGINT NOT NULL DEFAULT 0,
    "actorId" INTEGER NOT NULL,

    CONSTRAINT "ScheduledAction_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "BackupJob_uid_name_key" ON "BackupJob"("uid", "name");

-- CreateIndex
CREATE INDEX "JobVm_list_idx" ON "JobVm"("list");

-- CreateIndex
CREATE INDEX "JobVm_vmId_idx" ON "JobVm"("vmId");

-- CreateIndex
CREATE INDEX "JobRun_jobId_startedAt_idx" ON "JobRun"("jobId", "startedAt");

-- CreateIndex
CREATE UNIQUE INDEX "JobRun_scheduleId_slot_key" ON "JobRun"("scheduleId", "slot");

-- CreateIndex
CREATE INDEX "ScheduledAction_time_idx" ON "ScheduledAction"("time");

-- CreateIndex
CREATE INDEX "ScheduledAction_parentType_parentId_idx" ON "ScheduledAction"("parentType", "parentId");

-- CreateIndex
CREATE INDEX "Action_jobRunId_idx" ON "Action"("jobRunId");

-- CreateIndex
CREATE UNIQUE INDEX "Action_scheduleId_slot_key" ON "Action"("scheduleId", "slot");

-- AddForeignKey
ALTER TABLE "JobVm" ADD CONSTRAINT "JobVm_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "BackupJob"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "JobRun" ADD CONSTRAINT "JobRun_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "BackupJob"("id") ON DELETE CASCADE ON UPDATE CASCADE;
