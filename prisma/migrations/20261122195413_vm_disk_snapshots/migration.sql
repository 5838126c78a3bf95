-- AlterTable
ALTER TABLE "Group" ADD COLUMN     "template" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "Vm" ADD COLUMN     "diskSnapshots" JSONB NOT NULL DEFAULT '[]';
