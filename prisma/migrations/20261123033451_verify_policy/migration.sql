-- AlterTable
ALTER TABLE "Datastore" ADD COLUMN     "verifyPolicy" JSONB;
