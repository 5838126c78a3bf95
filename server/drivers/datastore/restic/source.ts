/** The folder that restic backs up: the staging folder itself, or a copy of it where the repository is. */
import type { Manifest } from "../../../domain/backup";
import { commandOn, type Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { runGuarded, runScript } from "../../remote";
import type { StagedFile } from "../rsync/staging";

const DIGEST = `
set -o pipefail
digest() {
  local line
  if command -v openssl >/dev/null 2>&1; then line=$(openssl dgst -sha256 -r); else line=$(sha256sum); fi
  echo "sum \${line%% *}"
}
`;

/** $1 file. What is read here comes from the page cache when restic reads it. */
const HASH = `${DIGEST}
dd if="$1" bs=1M iflag=nofollow status=progress | digest
`;

/** $1 file to make, then the command whose output is its content. */
const FETCH = `${DIGEST}
umask 077
file=$1; shift
"$@" | dd bs=1M iflag=fullblock status=progress | tee --output-error=exit -- "$file" | digest
`;

export interface SourceInput {
  host: Machine;
  stagingDir: string;
  files: readonly StagedFile[];
  signal: AbortSignal;
  /** Bytes read of all files. */
  onProgress(done: number): void;
}

/**
 * SHA-256 of every staged file, by name. With `copyTo` the files are fetched into that folder of this machine on the
 * way: a host cannot reach a repository on this machine.
 */
export async function readStaged(input: SourceInput, copyTo: string | null): Promise<Map<string, string>> {
  const { host, stagingDir, files, signal } = input;
  const hashes = new Map<string, string>();
  let before = 0;
  for (const { name, bytes } of files) {
    const path = `${stagingDir}/${name}`;
    const onStderrLine = (line: string) => {
      const read = /^(\d+) bytes? /.exec(line)?.[1];
      if (read !== undefined) input.onProgress(before + Math.min(Number(read), bytes));
    };
    const reader = commandOn(host, ["cat", "--", path]);
    const output =
      copyTo === null
        ? await runGuarded(host, "host", `read ${path}`, HASH, [path], { signal, onStderrLine })
        : await runGuarded(
            { host: "localhost" },
            "host",
            `fetch ${path} of ${host.host}`,
            FETCH,
            [`${copyTo}/${name}`, ...reader],
            {
              signal,
              onStderrLine,
            },
          );
    const hash = /^sum ([0-9a-f]{64})$/m.exec(output)?.[1];
    if (hash === undefined) throw new DriverError(`No checksum of ${path} could be computed.`);
    hashes.set(name, hash);
    before += bytes;
    input.onProgress(before);
  }
  return hashes;
}

/** SHA-256 of a file. */
export async function hashOf(
  machine: Machine,
  role: "backup server" | "host",
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = /^sum ([0-9a-f]{64})$/m.exec(await runGuarded(machine, role, `read ${path}`, HASH, [path], { signal }));
  if (hash?.[1] === undefined) throw new DriverError(`No checksum of ${path} could be computed.`);
  return hash[1];
}

/** $1 folder, $2 length of the manifest on stdin. As readable as vm.xml. */
const WRITE_MANIFEST = `
set -eu
umask 077
cd -- "$1"
rm -f -- manifest.json
cat > manifest.json
if [ "$(stat -c %s manifest.json)" != "$2" ]; then echo "not all of the manifest arrived" >&2; exit 1; fi
chmod --reference=vm.xml manifest.json
`;

/** Put the manifest beside the files, so that it is in the same snapshot. */
export async function writeManifest(
  machine: Machine,
  role: "backup server" | "host",
  folder: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const input = `${JSON.stringify(manifest, null, 1)}\n`;
  const args = [folder, String(Buffer.byteLength(input))];
  await runScript(machine, role, `write the manifest in ${folder}`, WRITE_MANIFEST, args, { input, signal });
}
