-- CreateTable
CREATE TABLE "SavedView" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "list" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "query" TEXT NOT NULL,

    CONSTRAINT "SavedView_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "SavedView_userId_list_name_key" ON "SavedView"("userId", "list", "name");

-- AddForeignKey
ALTER TABLE "SavedView" ADD CONSTRAINT "SavedView_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the inventory asks of each VM at every page: its newest good point, its last ended backup, what runs. Partial
-- indexes, which the Prisma schema cannot name (and does not see).
CREATE INDEX "Increment_good_idx" ON "Increment"("imageId", "at") WHERE "broken" IS NULL AND "verification" <> 'failed';
CREATE INDEX "Increment_stored_idx" ON "Increment"("imageId") INCLUDE ("storedBytes") WHERE "id" >= 0;
CREATE INDEX "Action_ended_backup_idx" ON "Action"("vmId", "id") WHERE "kind" = 'backup' AND "state" IN ('DONE', 'FAILED');
CREATE INDEX "Action_open_idx" ON "Action"("id") WHERE "state" IN ('PENDING', 'RUNNING');
CREATE INDEX "Action_backup_end_idx" ON "Action"("endedAt") WHERE "kind" = 'backup';
