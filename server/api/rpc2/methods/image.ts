import { z } from "zod";
import { authorizeImage } from "../../../core/authorize";
import type { Ctx } from "../../../core/context";
import { requestImageDelete } from "../../../core/image/commands";
import { requestImageCreate } from "../../../core/image/create";
import { readImageDocuments } from "../../../core/image/documents";
import { requestRestore } from "../../../core/restore/request";
import { appError } from "../../../domain/errors";
import { isYes, text } from "../../../domain/template";
import { imageXml } from "../../../domain/xml/image";
import { accessMethods, attributeMethods, idOf } from "../common";
import { RpcError } from "../fault";
import type { Arguments, RpcMethod, RpcMethods } from "../method";
import { poolQuery } from "../pool";
import { poolDocument } from "../stream";
import { readTemplate } from "../template";
import { waitForRun } from "../wait";

const OBJECT = "image";
/** The driver limit of the reference. */
const RESTORE_WAIT_MS = 180_000;
const RestoreResult = z.object({ templateId: z.number().nullable(), imageIds: z.array(z.number()) });

/** A call on a backup image that the reference refuses with these very words (§4.5). */
function refused(params: string, code: "ACTION" | "INTERNAL", message: string): RpcMethod {
  return {
    params,
    differs: "images of other types are refused too",
    async run(ctx, args) {
      await authorizeImage(ctx.core.db, ctx.actor, "MANAGE", idOf(args, OBJECT));
      throw new RpcError(code, message);
    },
  };
}

/** Methods of §4.5. */
export const imageMethods: RpcMethods = {
  "one.image.allocate": {
    params: "s template, i datastore [, b skip capacity check]",
    differs: "images are made of a PATH: a file of the node or a backup URL",
    async run(ctx, args) {
      const template = readTemplate(args.text(0, "template"));
      const path = text(template, "PATH");
      if (path === undefined) throw new RpcError("ALLOCATE", "Error allocating a new image. No PATH in template.");
      const { imageId } = await requestImageCreate(ctx, {
        name: text(template, "NAME") ?? "",
        path,
        datastoreId: args.int(1, "datastore"),
        type: text(template, "TYPE") === "DATABLOCK" ? "DATABLOCK" : "OS",
      });
      return imageId;
    },
  },
  "one.image.info": {
    params: "i id [, b decrypt]",
    async run(ctx, args) {
      const image = await authorizeImage(ctx.core.db, ctx.actor, "USE", idOf(args, OBJECT));
      const [document] = await readImageDocuments(ctx.core.db, [image]);
      if (document === undefined) throw appError("NOT_FOUND", { object: OBJECT, id: image.id });
      return imageXml(document).xml;
    },
  },
  "one.image.delete": {
    params: "i id [, b force=false]",
    async run(ctx, args) {
      const imageId = idOf(args, OBJECT);
      await requestImageDelete(ctx, imageId, { force: args.booleanOr(1, false) });
      return imageId;
    },
  },
  "one.image.restore": {
    params: "i id, i datastore, s options",
    differs: "goes on as a run of its own when it takes longer than 180 seconds, and says so",
    run: (ctx, args) => restore(ctx, args),
  },
  "one.image.clone": refused("i id, s name [, i datastore]", "ACTION", "BACKUP images cannot be cloned."),
  "one.image.enable": refused(
    "i id, b enable",
    "INTERNAL",
    "Could not disable image: Backup images cannot be enabled or disabled.",
  ),
  "one.image.persistent": refused("i id, b persistent", "ACTION", "BACKUP images must be persistent"),
  "one.image.chtype": refused("i id, s type", "ACTION", "Cannot change type forBACKUP images."),
  ...accessMethods("image", "image", OBJECT),
  ...attributeMethods("image", "image", OBJECT, "attributes that drivers read stay as they are"),
  "one.imagepool.info": {
    params: "i flag, i start, i end",
    async run(ctx, args) {
      const { db } = ctx.core;
      return await poolDocument("IMAGE_POOL", poolQuery(ctx, args), {
        read: (page) => db.image.findMany({ ...page, orderBy: { id: "desc" } }),
        print: async (images) => (await readImageDocuments(db, images)).map(imageXml),
      });
    },
  },
};

async function restore(ctx: Ctx, args: Arguments): Promise<string> {
  const options = readTemplate(args.text(2, "options"));
  const number = (name: string) => {
    const value = text(options, name)?.trim();
    if (value === undefined || value === "" || value === "-1") return null;
    if (!/^\d{1,9}$/.test(value)) throw new RpcError("ACTION", `Wrong ${name} value: ${value.slice(0, 40)}`);
    return Number(value);
  };
  const diskId = number("DISK_ID");
  const network = isYes(text(options, "NO_NIC")) ? "no_nic" : isYes(text(options, "NO_IP")) ? "no_ip" : "keep";
  const { actionId } = await requestRestore(ctx, {
    imageId: idOf(args, OBJECT),
    incrementId: number("INCREMENT_ID"),
    datastoreId: args.int(1, "datastore"),
    name: text(options, "NAME")?.trim() || null,
    network,
    diskIds: diskId === null ? [] : [diskId],
    instantiate: null,
    attach: null,
  });
  const { result } = await waitForRun(ctx, actionId, RESTORE_WAIT_MS);
  const { templateId, imageIds } = RestoreResult.parse(result);
  return [templateId ?? -1, ...imageIds].join(" ");
}
