-- AlterTable
ALTER TABLE "BootCheck" ADD COLUMN     "bootSeconds" INTEGER,
ADD COLUMN     "restoreSeconds" INTEGER;
