/**
 * New disks of a VM: a full copy, an overlay, a link or an empty disk. Each is made beside its place and renamed, so a
 * disk that exists is complete, and each can be repeated.
 */
import { parseQcow2Header, type Qcow2Header, unsafeReason } from "../../../domain/qcow2-header";
import { run } from "../../../lib/process";
import { isLocal, type Machine, scriptOn } from "../../../lib/ssh";
import { type ActionInput, DriverError } from "../../action";
import { LONG_WORK_MS } from "../../remote";
import { type DiskTarget, parseDiskTarget, parseId, parsePlace } from "./arguments";
import { onHost, onHostGuarded, stdoutOf } from "./host";
import { type FileFacts, probeFiles } from "./probe";

const LOCALHOST: Machine = { host: "localhost" };
/** 64 TiB, the largest disk qcow2 headers may claim here. */
const MAX_SIZE_MB = 64 * 1024 * 1024;

/** $1 source, $2 target. Same format, no backing file: the bytes are the disk. Reflinks where the file system has them. */
const LOCAL_COPY_SCRIPT = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$2")"
trap 'rm -f -- "$2.tmp"' EXIT
cp --reflink=auto --sparse=always -- "$1" "$2.tmp"
sync -- "$2.tmp"
mv -fT -- "$2.tmp" "$2"
sync -- "$(dirname -- "$2")"
`;

/** $1 target, $2 bytes to expect: an early end of stdin must not pass for a complete disk. Holes stay holes. */
const RECEIVE_SCRIPT = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$1")"
trap 'rm -f -- "$1.tmp"' EXIT
if ! report=$(dd of="$1.tmp" bs=1M iflag=fullblock conv=sparse 2>&1); then echo "$report" >&2; exit 1; fi
case $report in
  *"
$2 bytes "*) ;;
  *) echo "Only a part of the disk arrived." >&2; exit 1 ;;
esac
truncate -s "$2" -- "$1.tmp"
sync -- "$1.tmp"
mv -fT -- "$1.tmp" "$1"
sync -- "$(dirname -- "$1")"
`;

/** $1 source, the rest the ssh command: the bytes go from file to ssh, not through this program. */
const SEND_SCRIPT = `
set -eu -o pipefail
source=$1; shift
cat -- "$source" | "$@"
`;

/** $1 source, $2 its format, $3 size in bytes, $4 target. -u: size and format are known, so nothing is opened. */
const OVERLAY_SCRIPT = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$4")"
trap 'rm -f -- "$4.tmp"' EXIT
qemu-img create -q -f qcow2 -u -b "$1" -F "$2" "$4.tmp" "$3"
sync -- "$4.tmp"
mv -fT -- "$4.tmp" "$4"
sync -- "$(dirname -- "$4")"
`;

/** $1 source, $2 target. */
const LINK_SCRIPT = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$2")"
rm -f -- "$2.tmp"
ln -s -- "$1" "$2.tmp"
mv -fT -- "$2.tmp" "$2"
sync -- "$(dirname -- "$2")"
`;

/** $1 format, $2 MiB, $3 target. */
const CREATE_SCRIPT = `
set -eu
umask 077
mkdir -p -- "$(dirname -- "$3")"
trap 'rm -f -- "$3.tmp"' EXIT
qemu-img create -q -f "$1" "$3.tmp" "$2M"
sync -- "$3.tmp"
mv -fT -- "$3.tmp" "$3"
sync -- "$(dirname -- "$3")"
`;

/** `clone`, `ln`: `<front-end>:<source file> <host>:<vm_dir>/disk.<n> <vm id> <image ds id>`. */
interface CopyArguments {
  source: string;
  target: DiskTarget;
}

function parseCopyArguments(argv: readonly string[]): CopyArguments {
  const source = parsePlace(argv[0]);
  return { source: source.path, target: parseDiskTarget(argv[1], parseId(argv[2], "VM id")) };
}

/** A full, independent copy, streamed over ssh when the host is another machine. */
export async function cloneByStream({ argv, signal }: ActionInput): Promise<string> {
  const { source, target } = parseCopyArguments(argv);
  const { facts } = await inspect(LOCALHOST, source, signal);
  if (isLocal(target.machine)) {
    await copyOn(LOCALHOST, facts, target, signal);
    return "";
  }
  const file = { path: facts.realPath, size: facts.size };
  await streamFile(file, target.machine, target.path, "copy the image to the host", signal);
  return "";
}

/**
 * Send a file of this machine to another one. The target is complete and on stable storage, or it is not there;
 * `<target>.tmp` until then.
 */
export async function streamFile(
  file: { path: string; size: number },
  machine: Machine,
  target: string,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const receive = scriptOn(machine, RECEIVE_SCRIPT, [target, String(file.size)]);
  const send = scriptOn(LOCALHOST, SEND_SCRIPT, [file.path, ...receive]);
  stdoutOf(await run(send, { signal, timeoutMs: LONG_WORK_MS }), machine, what);
}

/** A full, independent copy on a file system that front-end and host share. */
export async function cloneShared({ argv, signal }: ActionInput): Promise<string> {
  const { source, target } = parseCopyArguments(argv);
  const { facts } = await inspect(target.machine, source, signal);
  await copyOn(target.machine, facts, target, signal);
  return "";
}

/** A qcow2 overlay on the image, which the host sees under the same path. */
export async function cloneAsOverlay({ argv, signal }: ActionInput): Promise<string> {
  const { source, target } = parseCopyArguments(argv);
  const { facts, header } = await inspect(target.machine, source, signal);
  const size = header?.virtualSize ?? Math.ceil(facts.size / 512) * 512;
  const args = [facts.realPath, header === null ? "raw" : "qcow2", String(size), target.path];
  await onHost(target.machine, "make the overlay", OVERLAY_SCRIPT, args, { signal });
  return "";
}

/** A link to the image, which the host sees under the same path: the VM writes into the image itself. */
export async function linkDisk({ argv, signal }: ActionInput): Promise<string> {
  const { source, target } = parseCopyArguments(argv);
  await inspect(target.machine, source, signal);
  await onHost(target.machine, "link the disk", LINK_SCRIPT, [source, target.path], { signal });
  return "";
}

/** `mkimage`: `<size MiB> <format> <host>:<vm_dir>/disk.<n> <vm id> <system ds id>`: an empty disk. */
export async function makeImage({ argv, signal }: ActionInput): Promise<string> {
  const sizeMb = parseId(argv[0], "size in MiB");
  const format = argv[1]?.toLowerCase() ?? "";
  if (sizeMb < 1 || sizeMb > MAX_SIZE_MB) throw new DriverError(`A disk of ${sizeMb} MiB cannot be made.`);
  if (format !== "qcow2" && format !== "raw") throw new DriverError(`Disks of format "${format}" cannot be made.`);
  const target = parseDiskTarget(argv[2], parseId(argv[3], "VM id"));
  await onHost(target.machine, "make the disk", CREATE_SCRIPT, [format, String(sizeMb), target.path], { signal });
  return "";
}

async function copyOn(machine: Machine, facts: FileFacts, target: DiskTarget, signal: AbortSignal): Promise<void> {
  await onHostGuarded(machine, "copy the image", LOCAL_COPY_SCRIPT, [facts.realPath, target.path], { signal });
}

/**
 * Look at an image before it becomes a disk. The argv does not say its format, so a qcow2 magic decides; a raw image
 * that wears one gains nothing, because an image that refers to any other file is refused.
 */
async function inspect(
  machine: Machine,
  source: string,
  signal: AbortSignal,
): Promise<{ facts: FileFacts; header: Qcow2Header | null }> {
  const [facts] = await probeFiles(machine, [source], signal);
  if (facts === undefined || facts.size === 0) throw new DriverError(`The image ${source} is empty.`);
  const isQcow2 = Buffer.from(facts.head.subarray(0, 4)).equals(Buffer.from("QFI\u00fb", "latin1"));
  if (!isQcow2) return { facts, header: null };
  const result = parseQcow2Header(facts.head);
  const reason = result.ok ? unsafeReason(result.header, false) : result.reason;
  if (result.ok && reason === null) return { facts, header: result.header };
  throw new DriverError(`The image ${source} is refused: ${reason ?? "unknown"}.`);
}
