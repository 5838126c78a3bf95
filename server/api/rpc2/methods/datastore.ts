import { authorizeDatastore, visibleTo } from "../../../core/authorize";
import type { Ctx } from "../../../core/context";
import { createResticDatastore, createRsyncDatastore, deleteDatastore } from "../../../core/datastore/commands";
import { readDatastoreDocuments } from "../../../core/datastore/documents";
import { updateDatastore } from "../../../core/datastore/update";
import { settingsFromTemplate, settingsOf, UpdateDatastore } from "../../../domain/datastore-update";
import { appError } from "../../../domain/errors";
import { type Template, text } from "../../../domain/template";
import { datastoreXml } from "../../../domain/xml/datastore";
import { accessMethods, idOf, updateMode } from "../common";
import { RpcError } from "../fault";
import type { RpcMethods } from "../method";
import { poolDocument } from "../stream";
import { readTemplate } from "../template";

const OBJECT = "datastore";

/** Methods of §4.6. */
export const datastoreMethods: RpcMethods = {
  "one.datastore.allocate": {
    params: "s template, i cluster",
    differs: "backup datastores of the drivers rsync and restic",
    async run(ctx, args) {
      const template = readTemplate(args.text(0, "template"));
      const value = (name: string) => text(template, name)?.trim() || undefined;
      const driver = value("DS_MAD");
      if (driver === undefined) throw new RpcError("INTERNAL", "No DS_MAD in template.");
      if (value("TYPE") !== "BACKUP_DS") {
        throw new RpcError("INTERNAL", "Only datastores of type BACKUP_DS can be allocated here.");
      }
      const limit = value("LIMIT_MB");
      const common = {
        name: value("NAME") ?? "",
        basePath: value("BASE_PATH") ?? null,
        limitMb: limit === undefined ? null : Number(limit),
      };
      const required = (name: string): string => {
        const given = value(name);
        if (given !== undefined) return given;
        throw new RpcError("INTERNAL", `Datastore template is missing the "${name}" attribute or it's empty.`);
      };
      if (driver === "rsync") {
        const { datastoreId } = await createRsyncDatastore(ctx, {
          ...common,
          driver: "rsync",
          host: required("RSYNC_HOST"),
          user: required("RSYNC_USER"),
          port: Number(value("RSYNC_PORT") ?? 22),
          rsyncArgs: value("RSYNC_ARGS") ?? null,
        });
        return datastoreId;
      }
      if (driver !== "restic") throw new RpcError("INTERNAL", `DS_MAD named "${driver}" is not defined in oned.conf`);
      const { datastoreId } = await createResticDatastore(ctx, {
        ...common,
        driver: "restic",
        password: required("RESTIC_PASSWORD"),
        host: value("RESTIC_SFTP_SERVER") ?? "localhost",
        user: value("RESTIC_SFTP_USER") ?? "oneadmin",
      } as Parameters<typeof createResticDatastore>[1]); // parsed there: what is absent gets its default
      return datastoreId;
    },
  },
  "one.datastore.info": {
    params: "i id [, b decrypt]",
    differs: "secrets are never answered, decrypt or not",
    async run(ctx, args) {
      const datastore = await authorizeDatastore(ctx.core.db, ctx.actor, "USE", idOf(args, OBJECT));
      const [document] = await readDatastoreDocuments(ctx.core.db, [datastore]);
      if (document === undefined) throw appError("NOT_FOUND", { object: OBJECT, id: datastore.id });
      return datastoreXml(document).xml;
    },
  },
  "one.datastore.delete": {
    params: "i id",
    async run(ctx, args) {
      const datastoreId = idOf(args, OBJECT);
      await deleteDatastore(ctx, datastoreId);
      return datastoreId;
    },
  },
  "one.datastore.update": {
    params: "i id, s template [, i type=0]",
    differs: "host, account, path and limits of rsync and restic datastores; another attribute may only stay as it is",
    async run(ctx, args) {
      const datastoreId = idOf(args, OBJECT);
      await updateFromTemplate(ctx, datastoreId, readTemplate(args.text(1, "template")), updateMode(args));
      return datastoreId;
    },
  },
  "one.datastore.enable": {
    params: "i id, b enable",
    async run(ctx, args) {
      await authorizeDatastore(ctx.core.db, ctx.actor, "MANAGE", idOf(args, OBJECT));
      throw new RpcError("INTERNAL", "Only SYSTEM_DS can be disabled or enabled");
    },
  },
  ...accessMethods("datastore", "datastore", OBJECT),
  "one.datastorepool.info": {
    params: "",
    async run(ctx) {
      const { db } = ctx.core;
      return await poolDocument(
        "DATASTORE_POOL",
        { where: visibleTo(ctx.actor) },
        {
          read: (page) => db.datastore.findMany({ ...page, orderBy: { id: "desc" } }),
          print: async (rows) => (await readDatastoreDocuments(db, rows)).map(datastoreXml),
        },
      );
    },
  },
};

async function updateFromTemplate(ctx: Ctx, datastoreId: number, update: Template, mode: "replace" | "append") {
  const row = await authorizeDatastore(ctx.core.db, ctx.actor, "MANAGE", datastoreId);
  const [document] = await readDatastoreDocuments(ctx.core.db, [row]);
  if (document === undefined) throw appError("NOT_FOUND", { object: OBJECT, id: datastoreId });
  // As one.datastore.info shows it, so that what was read there may be sent back.
  const attributes: Template = {
    ...document.template,
    DS_MAD: [row.dsMad],
    TM_MAD: [row.tmMad],
    TYPE: [document.type === "BACKUP" ? "BACKUP_DS" : document.type],
  };
  const before = row.type === "BACKUP" ? settingsOf({ ...row, driver: row.dsMad, attributes }) : null;
  if (before === null)
    throw new RpcError("INTERNAL", "Only rsync and restic datastores of type BACKUP can be updated.");
  const asked = settingsFromTemplate(before, { driver: row.dsMad, attributes }, update, mode);
  if ("fixed" in asked) {
    if (asked.fixed === "TYPE") throw new RpcError("INTERNAL", "Cannot change type of a backup datastore.");
    throw appError("RESTRICTED_ATTRIBUTE", { name: asked.fixed });
  }
  await updateDatastore(ctx, UpdateDatastore.parse({ ...asked.settings, datastoreId }));
}
