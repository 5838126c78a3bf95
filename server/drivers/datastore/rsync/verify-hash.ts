/** Reads stored files to their end on the backup server and answers their SHA-256. */
import { run } from "../../../lib/process";
import { guardedScriptOn } from "../../../lib/ssh";
import { DriverError, throwIfCancelled } from "../../action";
import { explain, LONG_WORK_MS } from "../../remote";
import type { Repository } from "./repository";
import { inBatches } from "./verify-batches";

/**
 * Files; a line `sum <n> <hash>` or `bad <n>` each. `file <n>` on stderr goes before what dd says of that file. A file
 * that cannot be read is a finding, not a failure of the run.
 */
const HASH_FILES = `
set -u -o pipefail
digest() { if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi; }
n=0
for file in "$@"; do
  echo "file $n" >&2
  if line=$(dd if="$file" bs=1M iflag=nofollow status=progress | digest); then
    echo "sum $n \${line%% *}"
  else
    echo "bad $n"
  fi
  n=$((n + 1))
done
`;

export type HashResult = { sha256: string } | { problem: string };

/**
 * SHA-256 of each file, in order.
 * @param onProgress bytes read so far
 * @throws DriverError when the server cannot be asked
 */
export async function hashFiles(
  repository: Repository,
  files: readonly { path: string; bytes: number }[],
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<HashResult[]> {
  const results: HashResult[] = [];
  let done = 0;
  for (const batch of inBatches(files.map((file) => file.path))) {
    throwIfCancelled(signal);
    const sizes = files.slice(results.length, results.length + batch.length).map((file) => file.bytes);
    results.push(...(await hashBatch(repository, batch, sizes, signal, (read) => onProgress(done + read))));
    done += sizes.reduce((sum, bytes) => sum + bytes, 0);
  }
  return results;
}

async function hashBatch(
  { server }: Repository,
  paths: readonly string[],
  sizes: readonly number[],
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<HashResult[]> {
  let before = 0;
  let current = -1;
  const complaints = new Map<number, string>();
  const result = await run(guardedScriptOn(server, HASH_FILES, paths), {
    signal,
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
    maxOutputBytes: 4 * 1024 * 1024,
    onStderrLine: (line) => {
      const file = /^file (\d{1,9})$/.exec(line)?.[1];
      if (file !== undefined) {
        before += sizes[current] ?? 0;
        current = Number(file);
      }
      const complaint = /^dd: (.*)$/.exec(line)?.[1];
      if (complaint !== undefined) complaints.set(current, complaint.slice(0, 300));
      const read = /^(\d+) bytes? /.exec(line)?.[1];
      if (read !== undefined) onProgress(before + Math.min(Number(read), sizes[current] ?? 0));
    },
  });
  throwIfCancelled(signal);
  if (!result.ok) throw new DriverError(explain(result, server, "backup server", "read the stored files"));
  const sums = new Map(
    [...result.stdout.matchAll(/^sum (\d+) ([0-9a-f]{64})$/gm)].map(([, n, sum]) => [Number(n), sum]),
  );
  return paths.map((path, n) => {
    const sha256 = sums.get(n);
    return sha256 === undefined
      ? { problem: `${path} cannot be read: ${complaints.get(n) ?? "no reason was given"}.` }
      : { sha256 };
  });
}
