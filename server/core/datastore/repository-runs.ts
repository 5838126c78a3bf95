import type { Tx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import { appError } from "../../domain/errors";

/**
 * What is removed as a leftover must not be read in as a backup at the same time, and the other way round. The caller
 * holds the row of the datastore.
 * @throws AppError REPOSITORY_BUSY
 */
export async function requireNoneOf(tx: Tx, datastoreId: number, kinds: readonly ActionKind[]): Promise<void> {
  const other = await tx.action.findFirst({
    where: { datastoreId, kind: { in: [...kinds] }, state: { in: ["PENDING", "RUNNING"] } },
    select: { id: true },
  });
  if (other !== null) throw appError("REPOSITORY_BUSY", { datastoreId, actionId: other.id });
}
