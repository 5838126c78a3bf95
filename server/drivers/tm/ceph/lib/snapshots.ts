/**
 * Snapshots of a VM's disks that anchor its backups: `one_backup` while a backup of FULL mode runs, `one_backup_<n>` for
 * increment n of a chain. Beside the latter stands a mark, the metadata `one_backup_<n>` of the image with the id of
 * that backup: the number alone is the same in every chain, and an old copy of the image carries its snapshots along.
 */
import { z } from "zod";
import type { Machine } from "../../../../lib/ssh";
import { DriverError } from "../../../action";
import { RBD_FUNCTIONS, wordsOf } from "../../../ceph/rbd";
import { CLEANUP_MS } from "../../../remote";
import { FREEZE_FUNCTIONS, type FreezeMethod } from "../../lib/freeze";
import { onHost, onHostGuarded } from "../../lib/host";
import type { RbdDisk } from "./disk";

/** $1 folder to make, then groups of user, conf and image; three words in base64 each: image, snapshots, metadata. */
const INSPECT_SCRIPT = `${RBD_FUNCTIONS}
mkdir -p -m 700 -- "$1"; shift
while [ $# -gt 0 ]; do
  info=$(rbd_as "$1" "$2" info --format json -- "$3")
  snaps=$(rbd_as "$1" "$2" snap ls --format json -- "$3")
  meta=$(rbd_as "$1" "$2" image-meta list --format json -- "$3")
  for text in "$info" "$snaps" "$meta"; do printf '%s ' "$(printf %s "$text" | base64 -w0)"; done
  echo
  shift 3
done
`;

/** Groups of user, conf, image, count and so many snapshots. What is gone already is fine. */
const REMOVE_SCRIPT = `${RBD_FUNCTIONS}
failed=
while [ $# -gt 0 ]; do
  user=$1 conf=$2 image=$3 count=$4; shift 4
  while [ "$count" -gt 0 ]; do
    # The mark first: it must never stand beside another snapshot of that name.
    rbd_as "$user" "$conf" image-meta remove -- "$image" "$1" >/dev/null 2>&1 || :
    rbd_as "$user" "$conf" snap unprotect -- "$image@$1" >/dev/null 2>&1 || :
    if ! said=$(rbd_as "$user" "$conf" snap rm --no-progress -- "$image@$1" 2>&1); then
      case $said in *"No such file or directory"*) ;; *) echo "$said" >&2; failed=yes ;; esac
    fi
    shift; count=$((count - 1))
  done
done
[ -z "$failed" ]
`;

export interface ImageState {
  disk: RbdDisk;
  /** Guest-visible bytes, a multiple of 512. */
  virtualSize: number;
  snapshots: string[];
  /** Metadata of the image. */
  marks: ReadonlyMap<string, string>;
}

const Info = z.object({ size: z.number().int().positive() });
const Snapshots = z.array(z.object({ name: z.string() }));
const Metadata = z.record(z.string(), z.string());

/** Make the VM's folder on the host, and look at the images. Throws DriverError when one is missing. */
export async function inspectImages(
  machine: Machine,
  vmDir: string,
  disks: readonly RbdDisk[],
  signal: AbortSignal,
): Promise<ImageState[]> {
  const args = [vmDir, ...disks.flatMap((disk) => wordsOf(disk.image))];
  const options = { signal, maxOutputBytes: 8 * 1024 * 1024 };
  const output = await onHost(machine, "look at the images in Ceph", INSPECT_SCRIPT, args, options);
  const lines = output.split("\n");
  return disks.map((disk, index) => {
    const [info = "", snaps = "", meta = ""] = lines[index]?.split(" ") ?? [];
    const parsed = z
      .tuple([Info, Snapshots, Metadata])
      .safeParse([decode(info, null), decode(snaps, []), decode(meta, {})]);
    if (!parsed.success) throw new DriverError(`Ceph gave no description of disk ${disk.diskId}.`);
    const [{ size }, snapshots, metadata] = parsed.data;
    return {
      disk,
      virtualSize: Math.ceil(size / 512) * 512,
      snapshots: snapshots.map(({ name }) => name),
      marks: new Map(Object.entries(metadata)),
    };
  });
}

/** rbd prints nothing at all where there is nothing. */
function decode(base64: string, empty: unknown): unknown {
  const text = Buffer.from(base64, "base64").toString("utf8").trim();
  if (text === "") return empty;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Name of the snapshot of an increment; null: of a backup in FULL mode. */
export function snapshotName(incrementId: number | null): string {
  return incrementId === null ? "one_backup" : `one_backup_${incrementId}`;
}

/** Snapshots of ours; all others belong to somebody else and stay. */
export function isOurSnapshot(name: string): boolean {
  return /^one_backup(_\d{1,9})?$/.test(name);
}

/**
 * Remove snapshots, their protection and their marks. Takes no signal but has a short limit: it runs after a cancel too.
 * @throws DriverError after it has tried all of them
 */
export async function removeSnapshots(
  machine: Machine,
  removals: readonly { disk: RbdDisk; names: readonly string[] }[],
): Promise<void> {
  const wanted = removals.filter(({ names }) => names.length > 0);
  if (wanted.length === 0) return;
  const args = wanted.flatMap(({ disk, names }) => [...wordsOf(disk.image), String(names.length), ...names]);
  await onHost(machine, "remove old backup snapshots", REMOVE_SCRIPT, args, { timeoutMs: CLEANUP_MS });
}

/** $1 freeze method, $2 domain, $3 libvirt URI or nothing, $4 snapshot, then groups of user, conf and image. One point in time for all of them. */
const CREATE_SCRIPT = `${RBD_FUNCTIONS}${FREEZE_FUNCTIONS}
method=$1 domain=$2 name=$4
if [ -n "$3" ]; then export LIBVIRT_DEFAULT_URI="$3"; fi
shift 4
failed=
freeze "$method" "$domain"
while [ $# -gt 0 ]; do
  if ! said=$(rbd_as "$1" "$2" snap create --no-progress -- "$3@$name" 2>&1); then failed=yes; break; fi
  shift 3
done
thaw
if [ -n "$failed" ]; then echo "$said" >&2; exit 1; fi
echo "frozen $frozen_ms"
`;

/** $1 snapshot, $2 mark or nothing, then groups of user, conf and image. An image of format 1 cannot protect one. */
const MARK_SCRIPT = `${RBD_FUNCTIONS}
name=$1 mark=$2; shift 2
while [ $# -gt 0 ]; do
  rbd_as "$1" "$2" snap protect -- "$3@$name" >/dev/null 2>&1 || :
  if [ -n "$mark" ]; then rbd_as "$1" "$2" image-meta set -- "$3" "$name" "$mark"; fi
  shift 3
done
`;

export interface Freeze {
  method: FreezeMethod;
  /** Name in libvirt. */
  domain: string;
  /** Of the host's libvirt; empty: its default. */
  uri: string;
}

/**
 * Snapshots of all disks, while the guest writes nothing.
 * @returns how long the guest was frozen, ms
 */
export async function createSnapshots(
  machine: Machine,
  disks: readonly RbdDisk[],
  name: string,
  { method, domain, uri }: Freeze,
  signal: AbortSignal,
): Promise<number> {
  const args = [method, domain, uri, name, ...disks.flatMap((disk) => wordsOf(disk.image))];
  const output = await onHostGuarded(machine, "take snapshots of the disks", CREATE_SCRIPT, args, { signal });
  return Number(/^frozen (\d+)$/m.exec(output)?.[1] ?? 0);
}

/** Protect the snapshots of an increment, and mark which backup they belong to; null: the core does not say. */
export async function markSnapshots(
  machine: Machine,
  disks: readonly RbdDisk[],
  name: string,
  backupId: string | null,
  signal: AbortSignal,
): Promise<void> {
  const args = [name, backupId ?? "", ...disks.flatMap((disk) => wordsOf(disk.image))];
  await onHost(machine, "mark the snapshots of the disks", MARK_SCRIPT, args, { signal });
}
