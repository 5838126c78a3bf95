/**
 * Looking at files on the host before any qemu tool opens them: what they really are, how large, and their first bytes.
 * One fixed script, because each ssh connection costs 0.4 s. Paths travel as base64 behind `realpath -z`: a link target
 * may hold newlines.
 */
import { QCOW2_PROBE_BYTES } from "../../../domain/qcow2-header";
import type { Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { onHost } from "./host";

export interface FileFacts {
  /** As asked for. */
  path: string;
  /** All links resolved. */
  realPath: string;
  /** Length in bytes. */
  size: number;
  /** Bytes that really occupy space. */
  allocated: number;
  /** Time of last modification, as an opaque text with nanoseconds. */
  modified: string;
  /** The first bytes, at most QCOW2_PROBE_BYTES. */
  head: Uint8Array;
}

export interface Space {
  size: number;
  available: number;
}

const PROBE_FUNCTION = `
set -eu -o pipefail
probe() {
  if [ ! -e "$1" ]; then echo "file missing"; return; fi
  if [ ! -f "$1" ]; then echo "file special"; return; fi
  real=$(realpath -z -- "$1" | base64 -w0)
  set -- "$real" "$(stat -L -c '%s %b %B %.9Y' -- "$1")" "$(head -c ${QCOW2_PROBE_BYTES} -- "$1" | base64 -w0)"
  echo "file ok $1 $2 $3"
}
`;

/** $1 vm_dir, $2 bytes of vm.xml, then paths to probe; vm.xml on stdin. */
const PREPARE_SCRIPT = `${PROBE_FUNCTION}
umask 077
vm_dir=$1 bytes=$2; shift 2
if [ ! -d "$vm_dir" ]; then echo "There is no folder $vm_dir." >&2; exit 1; fi
stage=$vm_dir/backup
rm -rf -- "$stage"
mkdir -m 700 -- "$stage"
cat >"$stage/vm.xml"
if [ "$(stat -c %s -- "$stage/vm.xml")" != "$bytes" ]; then echo "vm.xml did not arrive whole." >&2; exit 1; fi
sync -- "$stage/vm.xml"
echo "space $(df -B1 --output=size,avail -- "$stage" | tail -n 1)"
shopt -s nullglob
echo "roots $(realpath -z -- "$vm_dir/../.." "$vm_dir/../.."/[0-9]*/ | base64 -w0)"
for file in "$@"; do probe "$file"; done
`;

/** $1 vm_dir. */
const ROOTS_SCRIPT = `
set -eu -o pipefail
shopt -s nullglob
realpath -z -- "$1/../.." "$1/../.."/[0-9]*/ | base64 -w0
`;

const PROBE_SCRIPT = `${PROBE_FUNCTION}
for file in "$@"; do probe "$file"; done
`;

export interface Prepared {
  /** Room on the file system of the staging folder, bytes. */
  space: Space;
  /** Real paths of the folder that holds the datastores, and of each datastore in it: those may be links. */
  roots: string[];
  files: FileFacts[];
}

/** Recreate the staging folder (0700) with `vm.xml`, and probe `paths`. Safe to repeat. */
export async function prepareStaging(
  machine: Machine,
  vmDir: string,
  vmXml: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Prepared> {
  const args = [vmDir, String(Buffer.byteLength(vmXml)), ...paths];
  const options = { input: vmXml, signal, maxOutputBytes: outputBound(paths) };
  const lines = (await onHost(machine, "prepare the staging folder", PREPARE_SCRIPT, args, options)).trim().split("\n");
  const [, size, available] = lines[0]?.split(/\s+/) ?? [];
  const [, roots] = lines[1]?.split(" ") ?? [];
  if (size === undefined || available === undefined || roots === undefined) {
    throw new DriverError(`Unexpected answer from ${machine.host} while preparing the staging folder.`);
  }
  return {
    space: { size: Number(size), available: Number(available) },
    roots: decodePaths(roots),
    files: parseFiles(lines.slice(2), paths),
  };
}

/** `roots` of Prepared, without a staging folder. */
export async function rootsOf(machine: Machine, vmDir: string, signal: AbortSignal): Promise<string[]> {
  return decodePaths((await onHost(machine, "look at the datastores", ROOTS_SCRIPT, [vmDir], { signal })).trim());
}

/** Throws DriverError when one of them is missing or not a regular file. */
export async function probeFiles(
  machine: Machine,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<FileFacts[]> {
  const options = { signal, maxOutputBytes: outputBound(paths) };
  const output = await onHost(machine, "look at the disk files", PROBE_SCRIPT, paths, options);
  return parseFiles(output.trim().split("\n"), paths);
}

/** A head is base64 of 4 KiB, a path at most 4 KiB. */
function outputBound(paths: readonly string[]): number {
  return 256 * 1024 + paths.length * 16 * 1024;
}

function parseFiles(lines: readonly string[], paths: readonly string[]): FileFacts[] {
  return paths.map((file, index) => {
    const [, state, real = "", size, blocks, blockBytes, modified = "", head = ""] = lines[index]?.split(" ") ?? [];
    if (state === "missing") throw new DriverError(`The disk file ${file} does not exist on the host.`);
    if (state === "special") throw new DriverError(`${file} is not a regular file: only disk files can be used.`);
    if (state !== "ok") throw new DriverError(`Unexpected answer about ${file}.`);
    return {
      path: file,
      realPath: decodePath(real),
      size: Number(size),
      allocated: Number(blocks) * Number(blockBytes),
      modified,
      head: Buffer.from(head, "base64"),
    };
  });
}

function decodePath(encoded: string): string {
  return decodePaths(encoded)[0] ?? "";
}

/** The bytes of `realpath -z` in base64. A path that is no UTF-8 could not be passed back to the host. */
export function decodePaths(encoded: string): string[] {
  const bytes = Buffer.from(encoded, "base64");
  const text = bytes.toString("utf8");
  const paths = text.split("\0").slice(0, -1);
  if (paths.length === 0 || !Buffer.from(text).equals(bytes)) {
    throw new DriverError("A disk file has a path that is not valid UTF-8.");
  }
  return paths;
}
