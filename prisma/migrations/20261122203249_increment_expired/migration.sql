-- AlterTable
ALTER TABLE "Increment" ADD COLUMN     "expiredAt" TIMESTAMP(3);
