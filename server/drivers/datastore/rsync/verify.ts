import type { PointFinding, VerifyAnswer } from "../../../domain/verification";
import { DriverError, type DriverLog, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { cutChain, parseBackupImage } from "./backup-image";
import { parseIncrement } from "./increment-argument";
import { parseRepository, type Repository, toMib } from "./repository";
import { hashFiles } from "./verify-hash";
import { type InspectedPoint, inspectPoints } from "./verify-inspect";
import { checkStructure } from "./verify-structure";

/**
 * `verify -i <increment id or -1>`: read every stored file of the chain up to that point again. Prints what was found; a
 * damaged point is a finding, and the action fails only when it could not look.
 */
export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const incrementId = parseIncrement("verify", argv);
    const document = parseXml(xml);
    const repository = parseRepository(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const chain = cutChain(image.chain, incrementId);
    if (chain.length === 0) throw new DriverError("The image has no stored backup.");

    const inspected = await inspectPoints(repository, image.vmId, chain, signal);
    const hashed = await hashPoints(repository, inspected, signal, log);
    const structure = await checkStructure(
      repository,
      inspected.map((point, index) => ({ ...point, problem: hashed[index]?.problem ?? point.problem })),
      signal,
    );
    const points = hashed.map((point) => ({
      ...point,
      problem: point.problem ?? structure.get(point.incrementId) ?? null,
    }));
    for (const [index, point] of points.entries()) report(point, inspected[index], log);
    return JSON.stringify({ points } satisfies VerifyAnswer);
  },
});

/** Checksums of every file that is there, compared with the manifests that lie beside them. */
async function hashPoints(
  repository: Repository,
  points: readonly InspectedPoint[],
  signal: AbortSignal,
  log: DriverLog,
): Promise<PointFinding[]> {
  const files = points.flatMap((point) => point.files);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  log.progress(0, total);
  const results = await hashFiles(repository, files, signal, (done) => log.progress(done, total));
  log.progress(total, total);
  const resultOf = new Map(files.map((file, index) => [file.path, results[index]]));
  return points.map((point): PointFinding => {
    let { problem } = point;
    const read = point.files.flatMap((file) => {
      const result = resultOf.get(file.path);
      if (result === undefined || "problem" in result) {
        problem ??= result?.problem ?? `${file.name} was not read.`;
        return [];
      }
      if (file.sha256 !== null && file.sha256 !== result.sha256) {
        problem ??= `${file.name} is damaged: its checksum is not the one it was stored with.`;
      }
      return [{ name: file.name, bytes: file.bytes, sha256: result.sha256 }];
    });
    return { incrementId: point.incrementId, backupId: point.backupId, problem, files: read };
  });
}

function report(point: PointFinding, inspected: InspectedPoint | undefined, log: DriverLog): void {
  const bytes = point.files.reduce((sum, file) => sum + file.bytes, 0);
  if (point.problem !== null) log.warn(`Increment ${point.incrementId}: ${point.problem}`);
  else if (inspected?.hasManifest === true) {
    log.info(`Increment ${point.incrementId}: ${point.files.length} files, ${toMib(bytes)} MiB, all as stored`);
  } else {
    log.warn(
      `Increment ${point.incrementId}: well formed, but there is no checksum in a manifest.json to compare with`,
    );
  }
}
