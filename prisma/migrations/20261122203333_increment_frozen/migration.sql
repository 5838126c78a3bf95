-- AlterTable
ALTER TABLE "Increment" ADD COLUMN     "frozenMs" INTEGER;
