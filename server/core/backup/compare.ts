import { appError } from "../../domain/errors";
import { ChangesAnswer, type PointChanges, PointPair } from "../../domain/point-changes";
import type { TemplateDiffLine } from "../../domain/restore";
import { diffTemplates } from "../../domain/template-diff";
import { parseVmDocument } from "../../lib/xml/vm-document";
import { authorizeImage, requireUnlocked } from "../authorize";
import type { Ctx } from "../context";
import type { Core } from "../core";
import { datastoreXml, driverDocument, imageXml } from "../documents";

/** A person waits for it. */
const COMPARE_MS = 2 * 60_000;
/** Each is a process here and one on the backup server. */
const MOST_AT_ONCE = 4;
let running = 0;

/**
 * What changed on the disks of a VM between two points of one chain, by the driver's action `changes`, and which of its
 * settings differ. Who may restore the points may compare them.
 * @throws AppError COMPARE_UNSUPPORTED, COMPARE_IMPOSSIBLE, COMPARE_BUSY, and what the driver failed with
 */
export async function comparePoints(ctx: Ctx, raw: PointPair): Promise<PointChanges> {
  const pair = PointPair.parse(raw);
  const { core } = ctx;
  const image = await authorizeImage(core.db, ctx.actor, "USE", pair.imageId);
  await requireUnlocked(core.db, "USE", image, { object: "image", id: pair.imageId });
  if (image.type !== "BACKUP") throw appError("NOT_BACKUP_IMAGE");
  const points = await comparable(core, pair);
  const datastore = await core.db.datastore.findUniqueOrThrow({ where: { id: image.datastoreId } });
  const call = { family: "datastore", driver: datastore.dsMad, action: "changes" } as const;
  if (!(await core.drivers.has(call))) throw appError("COMPARE_UNSUPPORTED", { driver: datastore.dsMad });

  if (running >= MOST_AT_ONCE) throw appError("COMPARE_BUSY");
  running += 1;
  try {
    const { stdout } = await core.drivers.call({
      ...call,
      argv: [String(pair.from), String(pair.to)],
      document: driverDocument({ datastore: datastoreXml(datastore), image: await imageXml(core.db, image) }),
      signal: AbortSignal.timeout(COMPARE_MS),
    });
    // A merge that went on meanwhile has put more into the files than changed between these two points.
    const after = await comparable(core, pair);
    if (after.some((point, index) => point.source !== points[index]?.source)) throw mergedMeanwhile();
    const { disks } = readAnswer(stdout, datastore.dsMad);
    return { ...pair, increments: points.length - 1, disks, settings: await diffSettings(core, pair) };
  } finally {
    running -= 1;
  }
}

/** The points from the earlier one to the later one, oldest first; throws when their files do not tell what changed. */
async function comparable(core: Core, { imageId, from, to }: PointPair): Promise<{ source: string }[]> {
  const image = await core.db.image.findUniqueOrThrow({
    where: { id: imageId },
    select: {
      state: true,
      increments: {
        where: { id: { gte: from, lte: to } },
        orderBy: { id: "asc" },
        select: { id: true, source: true, broken: true, expiredAt: true },
      },
    },
  });
  if (from >= to) throw impossible("Choose an earlier and a later point of the chain.");
  if (image.state !== "READY") throw appError("IMAGE_WRONG_STATE", { imageId, state: image.state, event: "compare" });
  const [first] = image.increments;
  for (const incrementId of [from, to]) {
    if (!image.increments.some((point) => point.id === incrementId)) {
      throw appError("INCREMENT_NOT_FOUND", { imageId, incrementId });
    }
  }
  if (first?.expiredAt != null) throw mergedMeanwhile();
  const bad = image.increments.find((point) => point.id !== from && point.broken !== null);
  if (bad !== undefined) {
    throw impossible(`Increment ${bad.id} lies between the two points and cannot be read: ${bad.broken}`);
  }
  return image.increments;
}

function impossible(reason: string) {
  return appError("COMPARE_IMPOSSIBLE", { reason });
}

function mergedMeanwhile() {
  return impossible("The earlier point is being merged into a later one. Compare with a point that stays.");
}

/** @throws AppError DRIVER_ANSWER */
function readAnswer(stdout: string, driver: string): ChangesAnswer {
  const refuse = () => appError("DRIVER_ANSWER", { path: `datastore/${driver}/changes`, answer: stdout.slice(0, 200) });
  const answer = ChangesAnswer.safeParse(parsed());
  if (!answer.success) throw refuse();
  return answer.data;

  function parsed(): unknown {
    try {
      return JSON.parse(stdout);
    } catch {
      throw refuse();
    }
  }
}

/** The stored VM documents of both points, attribute by attribute; those that are alike are left out. */
async function diffSettings(core: Core, { imageId, from, to }: PointPair): Promise<TemplateDiffLine[] | null> {
  const rows = await core.db.increment.findMany({
    where: { imageId, id: { in: [from, to] } },
    orderBy: { id: "asc" },
    select: { vmDocument: true },
  });
  try {
    const [before, after] = rows.map((row) => parseVmDocument(row.vmDocument).template);
    if (before === undefined || after === undefined) return null;
    return diffTemplates(before, after).filter((line) => line.change !== "kept");
  } catch {
    return null;
  }
}
