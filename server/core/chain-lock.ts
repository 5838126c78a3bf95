import type { Tx } from "../db/tx";
import { CHAIN_READER_KINDS } from "../domain/action";
import { appError } from "../domain/errors";
import { lockImage } from "./lock";

/**
 * The lock of a chain, in the database, so that it holds on every node and over a restart:
 *
 * - **shared**: a queued or running action of CHAIN_READER_KINDS with the image's id. Its request needs the image READY,
 *   and holds the image's row while it writes the action.
 * - **exclusive**: the image's state LOCKED (merging) or DELETE. It is entered with the row held and no reader there.
 *
 * An increment is added under the row lock alone: a reader of an older point does not see it.
 */
export interface ChainReader {
  actionId: number;
  kind: string;
}

/** Hold the image's row to the end of the transaction and answer who reads its files; null when nobody does. */
export async function lockChain(tx: Tx, imageId: number): Promise<ChainReader | null> {
  await lockImage(tx, imageId);
  const reader = await tx.action.findFirst({
    where: { kind: { in: [...CHAIN_READER_KINDS] }, imageId, state: { in: ["PENDING", "RUNNING"] } },
    orderBy: { id: "asc" },
    select: { id: true, kind: true },
  });
  return reader === null ? null : { actionId: reader.id, kind: reader.kind };
}

/**
 * The same for what must not go on beside a reader.
 * @throws AppError RESTORE_IN_PROGRESS
 */
export async function lockChainAlone(tx: Tx, imageId: number): Promise<void> {
  const reader = await lockChain(tx, imageId);
  if (reader !== null) throw appError("RESTORE_IN_PROGRESS", { imageId, ...reader });
}
