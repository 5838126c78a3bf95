import { type Qcow2Header, unsafeReason } from "../domain/qcow2-header";

/**
 * The name that upstream's increments by dirty bitmap keep as backing file: the NBD export they were read from, gone
 * since. It is never opened, because a chain always names its backing files itself.
 */
const DANGLING_NBD = /^nbd(\+unix)?:\/?\/?/;

/**
 * Why a file of a chain must not be given to a qemu tool, null when it may.
 * A full has no backing file. An increment has none either (ours), a dangling NBD name (upstream), or the path of the
 * file before it (a repository that upstream has rebased); every other name could be a file that is none of ours.
 */
export function chainFileProblem(header: Qcow2Header, previousPaths: readonly string[] | null): string | null {
  if (previousPaths === null) return unsafeReason(header, false);
  const isDangling = header.backingFile !== null && DANGLING_NBD.test(header.backingFile);
  return unsafeReason(header, isDangling ? true : previousPaths);
}
