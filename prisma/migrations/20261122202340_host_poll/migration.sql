-- AlterTable
ALTER TABLE "Host" ADD COLUMN     "error" TEXT,
ADD COLUMN     "polledAt" TIMESTAMP(3);
