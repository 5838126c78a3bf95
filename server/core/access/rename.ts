import { z } from "zod";
import { withTx } from "../../db/tx";
import { ObjectId, ObjectName } from "../../domain/ids";
import { OWNED_KINDS } from "../../domain/user";
import { writeAudit } from "../audit";
import type { Ctx } from "../context";
import { appendEvent } from "../event/append";
import { authorizeOwned, refuseSameName, updateOwned } from "./commands";

export const RenameObject = z.object({
  kind: z.enum(OWNED_KINDS).exclude(["job"]),
  id: ObjectId,
  name: ObjectName,
});
export type RenameObject = z.input<typeof RenameObject>;

/** Give an object another name: MANAGE. Backup jobs have a use case of their own. @throws NAME_TAKEN */
export async function renameObject(ctx: Ctx, raw: RenameObject): Promise<void> {
  const { kind, id, name } = RenameObject.parse(raw);
  await withTx(ctx.core.db, async (tx) => {
    const object = await authorizeOwned(tx, ctx, "MANAGE", kind, id);
    await refuseSameName(tx, kind, { ...object, name });
    await updateOwned(tx, kind, id, { name });
    await writeAudit(tx, ctx.actor, {
      what: "rename",
      object: kind,
      objectId: id,
      data: { from: object.name, to: name },
    });
    await appendEvent(tx, { topic: kind, objectId: id, type: "renamed" });
  });
}
