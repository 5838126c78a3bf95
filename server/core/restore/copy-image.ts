import type { Prisma } from "../../db/client";
import { appError } from "../../domain/errors";
import { parseCopyAnswer, parseSizeAnswer } from "../../lib/wire";
import type { Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml, statDocument } from "../documents";
import { requireDatastore } from "../require";

/**
 * `stat` and `cp` of an image datastore: the file or the backup URL in `path` becomes the image's data. Its size in MiB.
 * Repeatable: what is stored already is not copied again.
 */
export async function copyToImage(
  run: Run,
  copy: {
    imageId: number;
    path: string;
    /** The datastore that a backup URL belongs to; null for a file. */
    backup: Prisma.DatastoreModel | null;
    onProgress(done: number, total: number): void;
  },
): Promise<number> {
  const { db, drivers } = run.core;
  const image = await db.image.update({ where: { id: copy.imageId }, data: { path: copy.path } });
  const destination = await requireDatastore(db, image.datastoreId);
  const common = { family: "datastore", driver: destination.dsMad, signal: run.signal, onLog: run.log.add } as const;
  const stat = await drivers.call({
    ...common,
    action: "stat",
    argv: [String(run.action.id)],
    document: statDocument(copy.path, datastoreXml(copy.backup ?? destination)),
  });
  const sizeMb = parseSizeAnswer(stat.stdout);
  if (sizeMb === null) throw answerError(destination.dsMad, "stat", stat.stdout);
  const copied = await drivers.call({
    ...common,
    action: "cp",
    argv: [String(image.id)],
    document: driverDocument({
      image: await imageXml(db, image),
      datastore: datastoreXml(destination),
      ...(copy.backup === null ? {} : { extraDatastore: datastoreXml(copy.backup) }),
    }),
    onProgress: copy.onProgress,
  });
  const answer = parseCopyAnswer(copied.stdout);
  if (answer === null) throw answerError(destination.dsMad, "cp", copied.stdout);
  await db.image.update({ where: { id: image.id }, data: { source: answer.source, format: answer.format, sizeMb } });
  return sizeMb;
}

function answerError(driver: string, action: string, stdout: string) {
  return appError("DRIVER_ANSWER", { path: `datastore/${driver}/${action}`, answer: stdout.slice(0, 200) });
}
