-- CreateTable
CREATE TABLE "Pin" (
    "imageId" INTEGER NOT NULL,
    "incrementId" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "until" TIMESTAMP(3),
    "note" TEXT NOT NULL DEFAULT '',
    "userId" INTEGER NOT NULL,
    "userName" TEXT NOT NULL,

    CONSTRAINT "Pin_pkey" PRIMARY KEY ("imageId","incrementId")
);

-- AddForeignKey
ALTER TABLE "Pin" ADD CONSTRAINT "Pin_imageId_incrementId_fkey" FOREIGN KEY ("imageId", "incrementId") REFERENCES "Increment"("imageId", "id") ON DELETE CASCADE ON UPDATE CASCADE;
