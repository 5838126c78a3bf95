-- CreateTable
CREATE TABLE "AddressLease" (
    "networkId" INTEGER NOT NULL,
    "rangeId" INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    "vmId" INTEGER NOT NULL,
    "nicId" INTEGER NOT NULL,

    CONSTRAINT "AddressLease_pkey" PRIMARY KEY ("networkId","rangeId","index")
);

-- CreateIndex
CREATE INDEX "AddressLease_vmId_idx" ON "AddressLease"("vmId");

-- AddForeignKey
ALTER TABLE "AddressLease" ADD CONSTRAINT "AddressLease_networkId_rangeId_fkey" FOREIGN KEY ("networkId", "rangeId") REFERENCES "AddressRange"("networkId", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
