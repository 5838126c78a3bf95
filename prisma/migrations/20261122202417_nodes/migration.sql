-- AlterTable
ALTER TABLE "Action" ADD COLUMN     "node" TEXT;

-- CreateTable
CREATE TABLE "Node" (
    "name" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "version" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "Node_pkey" PRIMARY KEY ("name")
);
