import type { Tx } from "../db/tx";

/**
 * Row locks to the end of the transaction, for checks that must still be true when it commits: "nobody reads this
 * image" and "this datastore is empty" are read from other rows, which a compare-and-set on one row cannot guard. Taken
 * before the row is read, always VM, then image, then datastore. A row that does not exist is simply not locked.
 */
export async function lockVm(tx: Tx, id: number): Promise<void> {
  await tx.$queryRaw`SELECT "id" FROM "Vm" WHERE "id" = ${id} FOR UPDATE`;
}

export async function lockImage(tx: Tx, id: number): Promise<void> {
  await tx.$queryRaw`SELECT "id" FROM "Image" WHERE "id" = ${id} FOR UPDATE`;
}

export async function lockDatastore(tx: Tx, id: number): Promise<void> {
  await tx.$queryRaw`SELECT "id" FROM "Datastore" WHERE "id" = ${id} FOR UPDATE`;
}
