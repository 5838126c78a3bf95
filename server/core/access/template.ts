import { isDeepStrictEqual } from "node:util";
import { toJson } from "../../db/json";
import { parseStored } from "../../db/stored";
import type { Tx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { mergeTemplate } from "../../domain/one-template";
import { Template } from "../../domain/template";
import { writeAudit } from "../audit";
import { authorizeImage, authorizeTemplate } from "../authorize";
import { type Ctx, inTx } from "../context";
import { appendEvent } from "../event/append";
import { lockImage, lockVm } from "../lock";
import { MAIN_SECTIONS } from "../vm/place";
import { authorizeVmOperation } from "../vm-operations";
import type { LockableKind } from "./locking";

/** What the core and the drivers read of an image's template; changed by nobody. */
const IMAGE_SECTIONS: readonly string[] = [
  "BACKUP_JOB_ID",
  "DEV_PREFIX",
  "DRIVER",
  "FORMAT",
  "FROM_BACKUP_DS",
  "PATH",
  "SOURCE",
  "TARGET",
];
/** What documents show and no template stores. */
const SHOWN_ONLY: readonly string[] = ["ERROR", "SCHED_MESSAGE"];
/** Of a VM template, what anybody with MANAGE may change of the machine itself; the rest is an administrator's. */
const SIZES: readonly string[] = ["CPU", "VCPU", "MEMORY"];
const MAX_BYTES = 256 * 1024;

export interface TemplateUpdate {
  kind: LockableKind;
  id: number;
  template: Template;
  mode: "replace" | "append";
}

/**
 * Change the free attributes of a VM (its user template), an image or a VM template: MANAGE. Attributes that make the
 * machine or that a driver reads stay as they are: through the user template of a VM they would come back as RAW or
 * EMULATOR of its restore. Of a VM template administrators change those too.
 * @throws RESTRICTED_ATTRIBUTE, INVALID_INPUT
 */
export async function updateTemplate(ctx: Ctx, input: TemplateUpdate): Promise<void> {
  const { kind, id } = input;
  const update = Template.parse(input.template);
  for (const name of SHOWN_ONLY) delete update[name];
  await inTx(ctx, async (tx) => {
    const before = await readTemplate(tx, ctx, kind, id);
    const isFixed = fixedAttributes(kind, ctx.actor.isAdmin);
    const changed = Object.keys(update).find((name) => isFixed(name) && !isDeepStrictEqual(update[name], before[name]));
    if (changed !== undefined) throw appError("RESTRICTED_ATTRIBUTE", { name: changed });
    const fixed = Object.fromEntries(Object.entries(before).filter(([name]) => isFixed(name)));
    const after = { ...mergeTemplate(before, update, input.mode), ...fixed };
    if (JSON.stringify(after).length > MAX_BYTES) {
      throw appError("INVALID_INPUT", { message: `The template is larger than ${MAX_BYTES / 1024} KiB.` });
    }
    await writeTemplate(tx, kind, id, after);
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (name) => !isDeepStrictEqual(before[name], after[name]),
    );
    await writeAudit(tx, ctx.actor, {
      what: "template-update",
      object: kind,
      objectId: id,
      data: { changed: names.slice(0, 50) },
    });
    await appendEvent(tx, { topic: kind, objectId: id, type: "changed" });
  });
}

function fixedAttributes(kind: LockableKind, isAdmin: boolean): (name: string) => boolean {
  if (kind === "vm") return (name) => MAIN_SECTIONS.includes(name);
  if (kind === "image") return (name) => IMAGE_SECTIONS.includes(name);
  return (name) => !isAdmin && MAIN_SECTIONS.includes(name) && !SIZES.includes(name);
}

/** The template of now, its row held to the end of the transaction. */
async function readTemplate(tx: Tx, ctx: Ctx, kind: LockableKind, id: number): Promise<Template> {
  if (kind === "vm") {
    await lockVm(tx, id);
    return parseStored(Template, (await authorizeVmOperation(tx, ctx.actor, "update", id)).userTemplate);
  }
  if (kind === "image") {
    await lockImage(tx, id);
    return parseStored(Template, (await authorizeImage(tx, ctx.actor, "MANAGE", id)).template);
  }
  await tx.$queryRaw`SELECT "id" FROM "VmTemplate" WHERE "id" = ${id} FOR UPDATE`;
  return parseStored(Template, (await authorizeTemplate(tx, ctx.actor, "MANAGE", id)).template);
}

async function writeTemplate(tx: Tx, kind: LockableKind, id: number, after: Template): Promise<void> {
  const template = toJson(after);
  if (kind === "vm") await tx.vm.update({ where: { id }, data: { userTemplate: template } });
  else if (kind === "image") await tx.image.update({ where: { id }, data: { template } });
  else await tx.vmTemplate.update({ where: { id }, data: { template } });
}
