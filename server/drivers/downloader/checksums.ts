/** Proof that the stored files of a chain are still what was stored, before a restore trusts them. */
import { run } from "../../lib/process";
import { guardedScriptOn } from "../../lib/ssh";
import { DriverError, type DriverLog, throwIfCancelled } from "../action";
import { limitedScript, limitWarnings } from "../datastore/limited";
import type { Repository } from "../datastore/rsync/repository";
import { explain, LONG_WORK_MS, nameOf } from "../remote";
import type { ChainFile } from "./chain";

/**
 * Files; a line `sum <hash>` each. `file <n>` on stderr goes before what dd says of that file. openssl uses the
 * instructions that the processor has for it; sha256sum is a fifth as fast.
 */
const HASH_FILES = `
set -eu -o pipefail
digest() { if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi; }
n=0
for file in "$@"; do
  echo "file $n" >&2
  line=$(dd if="$file" bs=1M status=progress | digest)
  echo "sum \${line%% *}"
  n=$((n + 1))
done
`;

/** Bytes that the check reads; files that no manifest names have no checksum to compare with. */
export function bytesToCheck(files: readonly ChainFile[]): number {
  return files.reduce((sum, file) => sum + (file.sha256 === null ? 0 : file.bytes), 0);
}

/**
 * Read every file with a checksum on the backup server and compare.
 * @param onProgress bytes read so far, never less than before
 * @throws DriverError naming the first file that differs and its backup
 */
export async function checkChecksums(
  repository: Repository,
  files: readonly ChainFile[],
  signal: AbortSignal,
  log: DriverLog,
  onProgress: (done: number) => void,
): Promise<void> {
  const known = files.filter((file) => file.sha256 !== null);
  if (known.length === 0) return;
  const { server } = repository;
  throwIfCancelled(signal);
  let before = 0;
  let current = -1;
  let done = 0;
  const paths = known.map((file) => file.path);
  const limited = limitedScript(repository.limits(repository.basePath), HASH_FILES, paths);
  const result = await run(guardedScriptOn(server, limited.script, limited.args), {
    signal,
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
    onStderrLine: limitWarnings(log, nameOf(server, "backup server"), (line) => {
      const file = /^file (\d{1,9})$/.exec(line)?.[1];
      if (file !== undefined) {
        before += known[current]?.bytes ?? 0;
        current = Number(file);
      }
      const read = /^(\d+) bytes? /.exec(line)?.[1];
      if (read === undefined) return;
      done = Math.max(done, before + Math.min(Number(read), known[current]?.bytes ?? 0));
      onProgress(done);
    }),
  });
  throwIfCancelled(signal);
  if (!result.ok)
    throw new DriverError(explain(result, server, "backup server", "check the stored files of the chain"));
  const sums = [...result.stdout.matchAll(/^sum ([0-9a-f]{64})$/gm)].map((match) => match[1] ?? null);
  compareChecksums(known, sums);
}

/**
 * @param sums of `files`, in their order; those of files without a checksum are not looked at
 * @throws DriverError naming the first file that differs and its backup
 */
export function compareChecksums(files: readonly ChainFile[], sums: readonly (string | null)[]): void {
  for (const [index, { path, sha256, backupId }] of files.entries()) {
    if (sha256 === null) continue;
    const sum = sums[index] ?? null;
    if (sum === null) throw new DriverError(`No checksum of ${path} could be computed.`);
    if (sum !== sha256) {
      throw new DriverError(
        `The stored file ${path} of backup ${backupId} does not have the checksum it was stored with: it is damaged. Points that need it cannot be restored; take a full backup in a new chain.`,
      );
    }
  }
}
