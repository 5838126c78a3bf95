import { parseStored } from "../../db/stored";
import { type Tx, withTx } from "../../db/tx";
import {
  type DatastoreSettings,
  isMoved,
  settingsOf,
  UpdateDatastore,
  withSettings,
} from "../../domain/datastore-update";
import { appError, reasonOf } from "../../domain/errors";
import { Template } from "../../domain/template";
import { writeAudit } from "../audit";
import { authorizeDatastore } from "../authorize";
import type { Ctx } from "../context";
import { datastoreXml, driverDocument } from "../documents";
import { appendEvent } from "../event/append";
import { lockDatastore } from "../lock";
import { refreshDatastore } from "./monitor";

const TEST_MS = 60_000;

type Row = Awaited<ReturnType<typeof authorizeDatastore>>;

/**
 * Change a backup datastore. Another place is tried first, and one that holds backups must be the same repository there:
 * its id is what the drivers compare. Nothing may be running on it meanwhile.
 * @throws AppError INVALID_INPUT with the stage that failed, DATASTORE_IN_USE, NAME_TAKEN
 */
export async function updateDatastore(ctx: Ctx, raw: UpdateDatastore): Promise<void> {
  const { datastoreId, ...settings } = UpdateDatastore.parse(raw);
  const { core, actor } = ctx;
  const row = await authorizeDatastore(core.db, actor, "MANAGE", datastoreId);
  const before = currentSettings(row);
  const hasMoved = isMoved(before, settings);
  const holdsBackups = (await core.db.image.count({ where: { datastoreId } })) > 0;
  const template = withSettings(row.dsMad, parseStored(Template, row.template), settings);
  // An empty one may begin another repository.
  if (hasMoved && !holdsBackups) delete template["REPO_ID"];
  const changed = { ...row, basePath: settings.basePath, template };
  if (hasMoved || before.rsyncArgs !== settings.rsyncArgs) await tryPlace(ctx, changed, hasMoved && holdsBackups);

  await withTx(core.db, async (tx) => {
    await lockDatastore(tx, datastoreId);
    const now = await authorizeDatastore(tx, actor, "MANAGE", datastoreId);
    if (JSON.stringify([now.basePath, now.template]) !== JSON.stringify([row.basePath, row.template])) {
      throw appError("INVALID_INPUT", { message: "The datastore was changed meanwhile. Look at it again." });
    }
    if (hasMoved) await requireIdle(tx, datastoreId);
    const taken = await tx.datastore.findFirst({
      where: { uid: row.uid, name: settings.name, id: { not: datastoreId } },
      select: { id: true },
    });
    if (taken !== null) throw appError("NAME_TAKEN", { object: "datastore", name: settings.name });
    await tx.datastore.update({
      where: { id: datastoreId },
      data: { name: settings.name, basePath: settings.basePath, template },
    });
    await appendEvent(tx, { topic: "datastore", objectId: datastoreId, type: "changed" });
    const { name, host, basePath } = settings;
    await writeAudit(tx, actor, {
      what: "datastore-update",
      object: "datastore",
      objectId: datastoreId,
      data: { name, host, basePath },
    });
  });
  await refreshDatastore(core, datastoreId, AbortSignal.timeout(TEST_MS));
}

function currentSettings(row: Row): DatastoreSettings {
  const settings =
    row.type === "BACKUP"
      ? settingsOf({ ...row, driver: row.dsMad, attributes: parseStored(Template, row.template) })
      : null;
  if (settings === null) throw appError("INVALID_INPUT", { message: "This kind of datastore cannot be edited." });
  return settings;
}

/** The driver's own test at the new place, then whether the repository there is the one that the backups are in. */
async function tryPlace(ctx: Ctx, row: Row, mustBeSame: boolean): Promise<void> {
  const call = { family: "datastore", driver: row.dsMad, signal: AbortSignal.timeout(TEST_MS) } as const;
  const document = driverDocument({ datastore: datastoreXml(row) });
  const { stdout } = await ctx.core.drivers.call({ ...call, action: "test", argv: ["-1"], document });
  const failed = stdout.split("\n").find((line) => /^\w+ failed( |$)/.test(line));
  if (failed !== undefined || stdout.trim() === "") {
    throw appError("INVALID_INPUT", { message: `The connection test failed: ${failed ?? "it said nothing"}` });
  }
  if (!mustBeSame) return;
  try {
    await ctx.core.drivers.call({ ...call, action: "monitor", argv: [String(row.id)], document });
  } catch (error) {
    throw appError("INVALID_INPUT", {
      message: `The backups of this datastore are not there: ${reasonOf(error)} Move the folder first.`,
    });
  }
}

async function requireIdle(tx: Tx, datastoreId: number): Promise<void> {
  const images = await tx.image.findMany({ where: { datastoreId }, select: { id: true } });
  const busy = await tx.action.count({
    where: {
      state: { in: ["PENDING", "RUNNING"] },
      OR: [{ datastoreId }, { imageId: { in: images.map((image) => image.id) } }],
    },
  });
  if (busy > 0) {
    throw appError("INVALID_INPUT", { message: `${busy} runs use this datastore. Wait for them, or cancel them.` });
  }
}
