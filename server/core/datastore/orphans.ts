import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import {
  findMissing,
  findOrphans,
  ListAnswer,
  RemoveOrphans,
  type RepositoryEntry,
  type RepositoryScan,
} from "../../domain/orphan";
import { judgeMissing } from "../../domain/verification";
import { enqueue } from "../action/enqueue";
import { writeAudit } from "../audit";
import { authorizeDatastore } from "../authorize";
import type { Ctx } from "../context";
import { datastoreXml, driverDocument } from "../documents";
import { lockDatastore, lockImage } from "../lock";
import { requireDatastore } from "../require";
import { cataloguedPoints, markPoints } from "../verification/verify";
import { knownBackups } from "./orphan-facts";
import { requireNoneOf } from "./repository-runs";

/** A person waits for it. */
const SCAN_MS = 5 * 60_000;

/**
 * Compare what lies in a backup repository with the catalogue. What is only in the repository is listed; a point that is
 * only in the catalogue is marked as damaged, with those that need it. Nothing is removed.
 * @throws AppError LIST_UNSUPPORTED, and what the driver failed with: half a listing says nothing
 */
export async function scanRepository(ctx: Ctx, datastoreId: number): Promise<RepositoryScan> {
  const { core } = ctx;
  const datastore = await authorizeDatastore(core.db, ctx.actor, "MANAGE", datastoreId);
  // Read before the listing: a backup that ends in between is in neither and must not count as missing.
  const images = await core.db.image.findMany({
    where: { datastoreId, type: "BACKUP", state: "READY" },
    select: { id: true, vmId: true, vmName: true, increments: { select: { id: true, source: true } } },
  });
  const entries = await listRepository(ctx, datastoreId, AbortSignal.timeout(SCAN_MS));
  const vmIds = [...new Set(entries.flatMap((entry) => entry.vmId ?? []))];
  const known = await knownBackups(core.db, vmIds, null);
  const points = images.flatMap(({ id, vmId, vmName, increments }) =>
    vmId === null
      ? []
      : increments.map((increment) => ({
          imageId: id,
          incrementId: increment.id,
          source: increment.source,
          vmId,
          vmName: vmName ?? `VM ${vmId}`,
        })),
  );
  const missing = await markMissing(ctx, findMissing(points, entries));
  const orphans = findOrphans(entries, known);
  await withTx(core.db, (tx) =>
    writeAudit(tx, ctx.actor, {
      what: "repository-scan",
      object: "datastore",
      objectId: datastoreId,
      data: { name: datastore.name, entries: entries.length, orphans: orphans.length, missing: missing.length },
    }),
  );
  return { datastoreId, at: core.clock.now(), entryCount: entries.length, orphans, missing };
}

/** Everything in the repository, by the driver's action `list`. */
export async function listRepository(
  ctx: Pick<Ctx, "core">,
  datastoreId: number,
  signal: AbortSignal,
): Promise<RepositoryEntry[]> {
  const datastore = await requireDatastore(ctx.core.db, datastoreId);
  if (datastore.type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId });
  const call = { family: "datastore", driver: datastore.dsMad, action: "list" } as const;
  if (!(await ctx.core.drivers.has(call))) throw appError("LIST_UNSUPPORTED", { driver: datastore.dsMad });
  const { stdout } = await ctx.core.drivers.call({
    ...call,
    argv: [String(datastoreId)],
    document: driverDocument({ datastore: datastoreXml(datastore) }),
    signal,
  });
  const refuse = () =>
    appError("DRIVER_ANSWER", { path: `datastore/${datastore.dsMad}/list`, answer: stdout.slice(0, 200) });
  let content: unknown;
  try {
    content = JSON.parse(stdout);
  } catch {
    throw refuse();
  }
  const answer = ListAnswer.safeParse(content);
  if (!answer.success) throw refuse();
  return answer.data.entries;
}

type MissingPoint = RepositoryScan["missing"][number] & { source: string };

/** Mark points whose folder is gone. A backup that is being deleted or merged meanwhile is left alone. */
async function markMissing(ctx: Ctx, points: readonly MissingPoint[]): Promise<RepositoryScan["missing"]> {
  const marked: RepositoryScan["missing"] = [];
  for (const imageId of new Set(points.map((point) => point.imageId))) {
    const lost = points.filter((point) => point.imageId === imageId);
    await withTx(ctx.core.db, async (tx) => {
      await lockImage(tx, imageId);
      const image = await tx.image.findUnique({ where: { id: imageId }, select: { state: true } });
      if (image?.state !== "READY") return;
      const catalogued = await cataloguedPoints(tx, imageId);
      const still = lost.filter((point) =>
        catalogued.some((each) => each.incrementId === point.incrementId && each.source === point.source),
      );
      if (still.length === 0) return;
      const judged = judgeMissing(catalogued, new Set(still.map((point) => point.incrementId)));
      await markPoints(tx, imageId, judged, { at: new Date(ctx.core.clock.now()), actionId: null });
      marked.push(...still.map(({ incrementId, vmId, vmName }) => ({ imageId, incrementId, vmId, vmName })));
    });
  }
  return marked;
}

/**
 * Remove leftovers, each named by VM and backup id. They are looked up again by the run, right before each removal.
 * @throws AppError INVALID_INPUT when the typed name is not that of the datastore
 */
export async function requestOrphanRemoval(ctx: Ctx, raw: RemoveOrphans): Promise<{ actionId: number }> {
  const { datastoreId, entries, confirm } = RemoveOrphans.parse(raw);
  return await withTx(ctx.core.db, async (tx) => {
    const datastore = await authorizeDatastore(tx, ctx.actor, "MANAGE", datastoreId);
    if (datastore.type !== "BACKUP") throw appError("NOT_BACKUP_DATASTORE", { datastoreId });
    if (confirm !== datastore.name) {
      throw appError("INVALID_INPUT", { message: `Type the name of the datastore, ${datastore.name}, to confirm.` });
    }
    await lockDatastore(tx, datastoreId);
    await requireNoneOf(tx, datastoreId, ["catalogue-import"]);
    const actionId = await enqueue(tx, {
      kind: "orphan-remove",
      actor: ctx.actor,
      input: { datastoreId, entries },
      datastoreId,
    });
    await writeAudit(tx, ctx.actor, {
      what: "orphan-remove",
      object: "datastore",
      objectId: datastoreId,
      result: "accepted",
      data: { actionId, backups: entries.map((entry) => `${entry.vmId}/${entry.backupId}`) },
    });
    return { actionId };
  });
}
