-- CreateTable
CREATE TABLE "DatastoreDay" (
    "datastoreId" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "usedMb" INTEGER NOT NULL,
    "freeMb" INTEGER NOT NULL,

    CONSTRAINT "DatastoreDay_pkey" PRIMARY KEY ("datastoreId","day")
);

-- AddForeignKey
ALTER TABLE "DatastoreDay" ADD CONSTRAINT "DatastoreDay_datastoreId_fkey" FOREIGN KEY ("datastoreId") REFERENCES "Datastore"("id") ON DELETE CASCADE ON UPDATE CASCADE;
