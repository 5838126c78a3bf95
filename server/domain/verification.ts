import { z } from "zod";
import type { Manifest, Verification } from "./backup";
import { ObjectId } from "./ids";

/**
 * Checking what is stored. A driver reads every file again and reports what it found; what that means is decided here,
 * against the manifests that the catalogue recorded at backup time: a repository cannot vouch for itself.
 */

/** What `verify` of a datastore driver prints (docs/drivers.md). */
export const VerifyAnswer = z.object({
  points: z
    .array(
      z.object({
        incrementId: z.number().int().min(0),
        backupId: z.string().max(256),
        /** Why the point cannot be used, as far as the driver can tell; null: nothing is wrong. */
        problem: z.string().min(1).max(2000).nullable(),
        /** Every file of the point that could be read to its end. */
        files: z
          .array(
            z.object({
              name: z.string().max(64),
              bytes: z.number().int().min(0),
              sha256: z.string().regex(/^[0-9a-f]{64}$/),
            }),
          )
          .max(1000),
      }),
    )
    .max(1000),
});
export type VerifyAnswer = z.infer<typeof VerifyAnswer>;
export type PointFinding = VerifyAnswer["points"][number];

/** Check the points of one backup up to `incrementId`; null: all of them. */
export const VerifyRequest = z.object({ imageId: ObjectId, incrementId: ObjectId.nullable().default(null) });
export type VerifyRequest = z.infer<typeof VerifyRequest>;

/** `alive`: something of the disks ran. `silent`: nothing was seen in the time given. */
export const BootVerdict = z.enum(["alive", "silent"]);
export type BootVerdict = z.infer<typeof BootVerdict>;

export const BootCheckRequest = z.object({ imageId: ObjectId, incrementId: ObjectId });
export type BootCheckRequest = z.infer<typeof BootCheckRequest>;

/** What the boot check driver prints (docs/drivers.md). */
export const BootAnswer = z.object({
  verdict: BootVerdict,
  /** One sentence for people: what was seen. */
  detail: z.string().min(1).max(1000),
  /** End of the serial console, printable. */
  console: z.string().max(16_384),
  /** Name of the PNG in the folder; null when the screen could not be read. */
  screenshot: z.literal("screen.png").nullable(),
  /** From the start of the machine to the first sign of life; null: none was seen. */
  bootSeconds: z.number().int().min(0).nullable().default(null),
});
export type BootAnswer = z.infer<typeof BootAnswer>;

/** The last boot check of a point, as the UI shows it. */
export interface BootCheckView {
  /** Epoch ms. */
  at: number;
  actionId: number;
  verdict: BootVerdict;
  detail: string;
  console: string;
  hasScreenshot: boolean;
  /** What the restore of its disks took; null: checked before this was measured. */
  restoreSeconds: number | null;
  /** From the start of the machine to its first sign of life; null: none, or not measured. */
  bootSeconds: number | null;
}

/** A point of the catalogue as the judgement needs it. */
export interface CataloguedPoint {
  incrementId: number;
  source: string;
  /** What was recorded when it was stored; null: written by another program. */
  manifest: Manifest | null;
  verification: Verification;
  broken: string | null;
  brokenBy: number | null;
}

/** What the row of a point becomes. */
export interface Judgement {
  incrementId: number;
  /** False: the run did not look at this point; only `broken` and `brokenBy` may differ. */
  isChecked: boolean;
  verification: Verification;
  note: string | null;
  broken: string | null;
  brokenBy: number | null;
}

const NO_CHECKSUM =
  "Its files can be read and are well formed. No checksum was recorded for them, so none was compared.";

/**
 * New marks of every point of a chain, oldest first, after a run that checked some of them. A point that failed takes
 * those that need it along; a check that passes takes back what an earlier failed check has said, and nothing else.
 */
export function judgeChain(points: readonly CataloguedPoint[], findings: readonly PointFinding[]): Judgement[] {
  let firstBad: number | null = null;
  return points.map((point) => {
    const finding = findings.find((each) => each.incrementId === point.incrementId && each.backupId === point.source);
    const failure = finding === undefined ? ownFailure(point) : problemOf(point, finding);
    const needed = firstBad;
    if (failure !== null) firstBad ??= point.incrementId;
    const base = {
      incrementId: point.incrementId,
      isChecked: finding !== undefined,
      ...checkedAs(point, finding, failure),
    };
    if (failure !== null) return { ...base, broken: failure, brokenBy: point.incrementId };
    if (needed !== null) return { ...base, broken: neededText(needed), brokenBy: needed };
    // Marked by something else than a check: not ours to take back.
    if (point.brokenBy === null) return { ...base, broken: point.broken, brokenBy: null };
    return { ...base, broken: null, brokenBy: null };
  });
}

/** Marks of a chain of which `missing` (increment ids) are not in the repository any more; those found stay as they are. */
export function judgeMissing(points: readonly CataloguedPoint[], missing: ReadonlySet<number>): Judgement[] {
  return judgeChain(
    points,
    points
      .filter((point) => missing.has(point.incrementId))
      .map((point) => ({
        incrementId: point.incrementId,
        backupId: point.source,
        problem: "Its folder is no longer in the repository.",
        files: [],
      })),
  );
}

function neededText(incrementId: number): string {
  return `It needs increment ${incrementId}, which is damaged.`;
}

function ownFailure(point: CataloguedPoint): string | null {
  return point.brokenBy === point.incrementId ? point.broken : null;
}

function checkedAs(
  point: CataloguedPoint,
  finding: PointFinding | undefined,
  failure: string | null,
): Pick<Judgement, "verification" | "note"> {
  if (finding === undefined) return { verification: point.verification, note: null };
  if (failure !== null) return { verification: "failed", note: failure };
  if (point.manifest === null || point.manifest.isMerging === true)
    return { verification: "unverified", note: NO_CHECKSUM };
  return { verification: "verified", note: null };
}

/** Why a checked point failed, null when it did not. */
function problemOf(point: CataloguedPoint, finding: PointFinding): string | null {
  if (finding.problem !== null) return finding.problem;
  const { manifest } = point;
  if (manifest === null) return null;
  const found = new Map(finding.files.map((file) => [file.name, file]));
  const vmXml = found.get("vm.xml");
  if (vmXml === undefined) return "vm.xml is missing.";
  if (vmXml.sha256 !== manifest.vmXmlSha256) return "vm.xml is not the document that was stored: its checksum differs.";
  for (const disk of manifest.disks) {
    const file = found.get(disk.file);
    if (file === undefined) return `${disk.file} is missing.`;
    if (manifest.isMerging === true) continue;
    if (file.bytes !== disk.bytes) return `${disk.file} has ${file.bytes} bytes; ${disk.bytes} were stored.`;
    if (file.sha256 !== disk.sha256) return `${disk.file} is not what was stored: its checksum differs.`;
  }
  return null;
}
