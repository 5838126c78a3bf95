import { parseStored } from "../../db/stored";
import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { Template } from "../../domain/template";
import { InstantiateRequest } from "../../domain/vm-template";
import { enqueue } from "../action/enqueue";
import { authorizeDatastore, authorizeTemplate, requireUnlocked } from "../authorize";
import type { Ctx } from "../context";
import { nextId } from "../ids";
import { createPlacedVm } from "../vm/place";

/** A powered-off VM from a template: the row now, its disks by the queued run. */
export async function requestInstantiate(ctx: Ctx, raw: InstantiateRequest): Promise<{ actionId: number }> {
  const input = InstantiateRequest.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const template = await authorizeTemplate(tx, ctx.actor, "USE", input.templateId);
    await requireUnlocked(tx, "USE", template, { object: "template", id: template.id });
    const system = await authorizeDatastore(tx, ctx.actor, "USE", input.systemDatastoreId);
    if (system.type !== "SYSTEM")
      throw appError("INVALID_INPUT", { message: `Datastore ${system.name} is not a system datastore.` });
    const host = await tx.host.findUnique({ where: { id: input.hostId } });
    if (host === null) throw appError("NOT_FOUND", { object: "host", id: input.hostId });
    const vmId = await nextId(tx, "vm");
    const name = input.name ?? `${template.name}-${vmId}`;
    await createPlacedVm(tx, {
      actor: ctx.actor,
      vmId,
      name,
      template: parseStored(Template, template.template),
      templateId: template.id,
      host,
      system,
      onTakenAddress: "refuse",
    });
    const actionId = await enqueue(tx, {
      kind: "instantiate",
      actor: ctx.actor,
      input: { ...input, vmId },
      vmId,
      vmName: name,
      hostId: host.id,
    });
    return { actionId };
  });
}
