import { toJson } from "../../db/json";
import { parseStored } from "../../db/stored";
import type { Tx } from "../../db/tx";
import { Manifest, type Verification } from "../../domain/backup";
import { appError } from "../../domain/errors";
import {
  type CataloguedPoint,
  type Judgement,
  judgeChain,
  type PointFinding,
  VerifyAnswer,
  VerifyRequest,
} from "../../domain/verification";
import type { ActionHandler, Recorded, Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml } from "../documents";
import { appendEvent } from "../event/append";
import { lockImage } from "../lock";
import { requireDatastore, requireImage } from "../require";
import { recordChecksums } from "./record-checksums";

/**
 * Every stored file of the points is read by the driver; what it found is compared with what the catalogue recorded, and
 * the marks of the points change in one transaction at the end. Damage is a finding: the run itself ends well, with
 * warnings.
 */
export const verifyHandler: ActionHandler<PointFinding[]> = {
  async work(run) {
    await run.progress.phase("verifying");
    return await run.step("verify", () => readAgain(run));
  },

  async cleanUp() {
    // The driver only reads.
  },

  async record(tx, run, worked) {
    const { imageId, incrementId } = VerifyRequest.parse(run.action.input);
    if (!worked.ok) return {};
    return await recordFindings(tx, run, { imageId, incrementId }, worked.value);
  },
};

async function readAgain(run: Run): Promise<PointFinding[]> {
  const { imageId, incrementId } = VerifyRequest.parse(run.action.input);
  const { db } = run.core;
  const image = await requireImage(db, imageId);
  const datastore = await requireDatastore(db, image.datastoreId);
  const asked = await db.increment.findMany({
    where: { imageId, ...(incrementId === null ? {} : { id: { lte: incrementId } }) },
    select: { id: true, source: true },
  });
  const { stdout } = await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "verify",
    argv: ["-i", String(image.isChain ? (incrementId ?? -1) : -1)],
    document: driverDocument({ datastore: datastoreXml(datastore), image: await imageXml(db, image) }),
    signal: run.signal,
    onLog: run.log.add,
    onProgress: run.progress.bytes,
  });
  const findings = parseFindings(datastore.dsMad, stdout);
  const left = asked.find(
    ({ id, source }) => !findings.some((each) => each.incrementId === id && each.backupId === source),
  );
  if (left === undefined) return findings;
  throw appError("DRIVER_ANSWER", {
    path: `datastore/${datastore.dsMad}/verify`,
    answer: `nothing about increment ${left.id}`,
  });
}

function parseFindings(driver: string, stdout: string): PointFinding[] {
  const refuse = () => appError("DRIVER_ANSWER", { path: `datastore/${driver}/verify`, answer: stdout.slice(0, 200) });
  let content: unknown;
  try {
    content = JSON.parse(stdout);
  } catch {
    throw refuse();
  }
  const answer = VerifyAnswer.safeParse(content);
  if (!answer.success) throw refuse();
  return answer.data.points;
}

async function recordFindings(
  tx: Tx,
  run: Run,
  { imageId, incrementId }: VerifyRequest,
  findings: readonly PointFinding[],
): Promise<Recorded> {
  await lockImage(tx, imageId);
  const points = await cataloguedPoints(tx, imageId);
  const judged = judgeChain(points, findings);
  await markPoints(tx, imageId, judged, { at: new Date(run.core.clock.now()), actionId: run.action.id });
  await recordChecksums(tx, imageId, findings);
  const failed = judged.filter((each) => each.isChecked && each.verification === "failed");
  const uncompared = judged.filter((each) => each.isChecked && each.verification === "unverified");
  const bytes = findings.reduce((sum, point) => sum + point.files.reduce((all, file) => all + file.bytes, 0), 0);
  return {
    bytes: BigInt(bytes),
    result: toJson({ imageId, ...(incrementId === null ? {} : { incrementId }) }),
    warnings: [
      ...failed.map((each) => `Increment ${each.incrementId} is damaged: ${each.note ?? ""}`),
      ...(uncompared.length === 0
        ? []
        : [`No checksum was known of increment ${uncompared.map((each) => each.incrementId).join(", ")}.`]),
    ],
  };
}

/** The points of a backup as the judgement needs them, oldest first. */
export async function cataloguedPoints(tx: Tx, imageId: number): Promise<CataloguedPoint[]> {
  const rows = await tx.increment.findMany({
    where: { imageId },
    orderBy: { id: "asc" },
    select: { id: true, source: true, manifest: true, verification: true, broken: true, brokenBy: true },
  });
  return rows.map((row) => ({
    incrementId: row.id,
    source: row.source,
    manifest: row.manifest === null ? null : parseStored(Manifest, row.manifest),
    verification: row.verification as Verification, // written only by the core
    broken: row.broken,
    brokenBy: row.brokenBy,
  }));
}

/** Write what a check has found, with one event for the backup when anything changed. */
export async function markPoints(
  tx: Tx,
  imageId: number,
  judged: readonly Judgement[],
  by: { at: Date; actionId: number | null },
): Promise<void> {
  for (const { incrementId: id, isChecked, verification, note, broken, brokenBy } of judged) {
    await tx.increment.updateMany({
      where: { imageId, id },
      data: {
        broken,
        brokenBy,
        ...(isChecked ? { verification, verificationNote: note, verifiedAt: by.at, verifyActionId: by.actionId } : {}),
      },
    });
  }
  await appendEvent(tx, { topic: "image", objectId: imageId, type: "verified" });
}
