import type { Prisma } from "../db/client";
import type { Db } from "../db/tx";
import type { Actor } from "../domain/actor";

/** Who did what to which object: written in the transaction of the change, so that neither exists without the other. */
export async function writeAudit(
  tx: Db,
  actor: Actor,
  entry: {
    what: string;
    object: string;
    objectId: number;
    result?: "accepted" | "done" | "refused";
    data?: Prisma.InputJsonObject;
  },
): Promise<void> {
  await tx.auditEntry.create({
    data: {
      userId: actor.userId,
      userName: actor.name,
      what: entry.what,
      object: entry.object,
      objectId: entry.objectId,
      result: entry.result ?? "done",
      data: entry.data ?? {},
    },
  });
}
