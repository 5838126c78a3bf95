-- AlterTable
ALTER TABLE "Increment" ADD COLUMN     "brokenBy" INTEGER,
ADD COLUMN     "verificationNote" TEXT,
ADD COLUMN     "verifiedAt" TIMESTAMP(3),
ADD COLUMN     "verifyActionId" INTEGER;

-- CreateTable
CREATE TABLE "BootCheck" (
    "imageId" INTEGER NOT NULL,
    "incrementId" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actionId" INTEGER NOT NULL,
    "verdict" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "console" TEXT NOT NULL DEFAULT '',
    "screenshot" BYTEA,

    CONSTRAINT "BootCheck_pkey" PRIMARY KEY ("imageId","incrementId")
);

-- AddForeignKey
ALTER TABLE "BootCheck" ADD CONSTRAINT "BootCheck_imageId_incrementId_fkey" FOREIGN KEY ("imageId", "incrementId") REFERENCES "Increment"("imageId", "id") ON DELETE CASCADE ON UPDATE CASCADE;
