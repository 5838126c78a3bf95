-- AlterTable
ALTER TABLE "Action" ADD COLUMN     "attemptOf" INTEGER;

-- CreateIndex
CREATE INDEX "Action_attemptOf_idx" ON "Action"("attemptOf");

-- CreateIndex
CREATE INDEX "AuditEntry_object_objectId_idx" ON "AuditEntry"("object", "objectId");
