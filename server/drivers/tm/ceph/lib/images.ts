/**
 * Disks of VMs as images in Ceph: clones, empty disks, and the folder on the host that backups are staged in. Ceph makes
 * an image in one step, so an image that exists is complete, and each action can be repeated.
 */
import { type ActionInput, DriverError } from "../../../action";
import { checkName, parseSource, RBD_FUNCTIONS, type RbdImage, readAccess, sourceOf, wordsOf } from "../../../ceph/rbd";
import { parseXml, type XmlElement } from "../../../xml";
import { type DiskTarget, parseDiskTarget, parseId, parsePlace } from "../../lib/arguments";
import { deleteDisks } from "../../lib/delete";
import { onHost } from "../../lib/host";
import { cloneOf, diskVectors, rbdDisks, volatileImage } from "./disk";
import { inspectImages, isOurSnapshot, removeSnapshots } from "./snapshots";

/** 64 TiB, the largest disk we accept anywhere. */
const MAX_SIZE_MB = 64 * 1024 * 1024;

/** $1 folder, $2 user, $3 conf, $4 image, $5 new image, $6 pool for its data or nothing, $7 RBD_FORMAT. */
const CLONE_SCRIPT = `${RBD_FUNCTIONS}
mkdir -p -m 700 -- "$1"
if rbd_as "$2" "$3" info -- "$5" >/dev/null 2>&1; then exit 0; fi
if [ "$7" = 1 ]; then
  rbd_as "$2" "$3" cp --no-progress -- "$4" "$5"
  exit 0
fi
# One snapshot for all clones of the image, as the reference names it.
if ! rbd_as "$2" "$3" info -- "$4@snap" >/dev/null 2>&1; then rbd_as "$2" "$3" snap create --no-progress -- "$4@snap"; fi
if ! said=$(rbd_as "$2" "$3" snap protect -- "$4@snap" 2>&1); then
  case $said in *"already protected"*|*"Device or resource busy"*) ;; *) echo "$said" >&2; exit 1 ;; esac
fi
data=()
if [ -n "$6" ]; then data=(--data-pool "$6"); fi
rbd_as "$2" "$3" clone "\${data[@]}" -- "$4@snap" "$5"
`;

/** $1 folder, $2 user, $3 conf, $4 image, $5 MiB, $6 pool for its data or nothing. */
const CREATE_SCRIPT = `${RBD_FUNCTIONS}
mkdir -p -m 700 -- "$1"
if rbd_as "$2" "$3" info -- "$4" >/dev/null 2>&1; then exit 0; fi
data=()
if [ -n "$6" ]; then data=(--data-pool "$6"); fi
rbd_as "$2" "$3" create --size "$5M" "\${data[@]}" -- "$4"
`;

/** Groups of user, conf and image, with all their snapshots. What is gone already is fine. */
const REMOVE_SCRIPT = `${RBD_FUNCTIONS}
while [ $# -gt 0 ]; do
  if rbd_as "$1" "$2" info -- "$3" >/dev/null 2>&1; then
    rbd_as "$1" "$2" snap purge --no-progress -- "$3" >/dev/null
    rbd_as "$1" "$2" rm --no-progress -- "$3"
  fi
  shift 3
done
`;

/** `clone <front-end>:<pool>/<image> <host>:<vm_dir>/disk.<n> <vm id> <image ds id>`; the VM document on stdin. */
export async function cloneImage({ argv, xml, signal }: ActionInput): Promise<string> {
  const { target, disk, source, vmId, diskId } = parseClone(argv, xml);
  const words = wordsOf(source);
  const args = [
    target.vmDir,
    ...words,
    sourceOf(cloneOf(source, vmId, diskId)),
    dataPool(disk),
    disk.text("RBD_FORMAT"),
  ];
  await onHost(target.machine, "clone the image", CLONE_SCRIPT, args, { signal });
  return "";
}

/** `ln`: the image is the disk. Only looks whether it is there, and makes the VM's folder. */
export async function linkImage({ argv, xml, signal }: ActionInput): Promise<string> {
  const { target, source, diskId } = parseClone(argv, xml);
  await inspectImages(target.machine, target.vmDir, [{ diskId, image: source, isOwn: false }], signal);
  return "";
}

/** `mkimage <size MiB> <format> <host>:<vm_dir>/disk.<n> <vm id> <system ds id>`: an empty disk in DISK/POOL_NAME. */
export async function makeImage({ argv, xml, signal }: ActionInput): Promise<string> {
  const sizeMb = parseId(argv[0], "size in MiB");
  if (sizeMb < 1 || sizeMb > MAX_SIZE_MB) throw new DriverError(`A disk of ${sizeMb} MiB cannot be made.`);
  const vmId = parseId(argv[3], "VM id");
  const target = parseDiskTarget(argv[2], vmId);
  const diskId = diskIdOf(target);
  const disk = diskOf(xml, vmId, diskId);
  const image = volatileImage(readAccess(disk), disk.text("POOL_NAME"), vmId, diskId);
  const args = [target.vmDir, ...wordsOf(image), String(sizeMb), dataPool(disk)];
  await onHost(target.machine, "make the disk", CREATE_SCRIPT, args, { signal });
  return "";
}

/**
 * `delete <host>:<vm_dir>[/disk.<n>] <vm id> <system ds id>`; with the VM document the VM's own images go, and our
 * snapshots of those that outlive it. Without a document only the folder goes.
 */
export async function deleteImages(input: ActionInput): Promise<string> {
  const vmId = parseId(input.argv[1], "VM id");
  const { machine, path } = parsePlace(input.argv[0]);
  const only = /\/disk\.(\d{1,6})$/.exec(path)?.[1];
  const disks = rbdDisks(input.xml, vmId).filter((disk) => only === undefined || disk.diskId === Number(only));
  const own = disks.filter((disk) => disk.isOwn).flatMap((disk) => wordsOf(disk.image));
  if (own.length > 0) await onHost(machine, "delete the disks", REMOVE_SCRIPT, own, { signal: input.signal });
  const vmDir = only === undefined ? path : path.slice(0, path.lastIndexOf("/"));
  for (const disk of disks.filter((each) => !each.isOwn)) {
    const [state] = await inspectImages(machine, vmDir, [disk], input.signal);
    await removeSnapshots(machine, [{ disk, names: (state?.snapshots ?? []).filter(isOurSnapshot) }]);
  }
  return only === undefined ? await deleteDisks(input) : "";
}

/**
 * `adopt <host>:<pool>/<image> <host>:<vm_dir>/disk.<n> <vm id> raw` → JSON `{"virtualSize","format","path"}`; the system
 * datastore on stdin says how to log in.
 */
export async function adoptImage({ argv, xml, signal }: ActionInput): Promise<string> {
  const vmId = parseId(argv[2], "VM id");
  const target = parseDiskTarget(argv[1], vmId);
  if (argv[3] !== "raw") throw new DriverError("A disk in Ceph has the format raw.");
  const access = readAccess(xml === "" ? null : parseXml(xml).first("DATASTORE/TEMPLATE"));
  const image = parseSource(access, sourceWord(argv[0]));
  const [state] = await inspectImages(
    target.machine,
    target.vmDir,
    [{ diskId: diskIdOf(target), image, isOwn: false }],
    signal,
  );
  return JSON.stringify({ virtualSize: state?.virtualSize ?? 0, format: "raw", path: sourceOf(image) });
}

interface Clone {
  target: DiskTarget;
  vmId: number;
  diskId: number;
  disk: XmlElement;
  source: RbdImage;
}

function parseClone(argv: readonly string[], xml: string): Clone {
  const vmId = parseId(argv[2], "VM id");
  const target = parseDiskTarget(argv[1], vmId);
  const diskId = diskIdOf(target);
  const disk = diskOf(xml, vmId, diskId);
  return { target, vmId, diskId, disk, source: parseSource(readAccess(disk), sourceWord(argv[0])) };
}

function diskOf(xml: string, vmId: number, diskId: number): XmlElement {
  const disk = diskVectors(xml, vmId).get(diskId);
  if (disk === undefined) throw new DriverError(`The VM document has no disk ${diskId}.`);
  return disk;
}

function dataPool(disk: XmlElement): string {
  const pool = disk.text("EC_POOL_NAME");
  return pool === "" ? "" : checkName("EC_POOL_NAME", pool);
}

function diskIdOf(target: DiskTarget): number {
  return Number(/\.(\d+)$/.exec(target.path)?.[1]);
}

/** `<host>:<pool>/<image>`; a host may be an IPv6 address, an image holds no colon. */
function sourceWord(word: string | undefined): string {
  return (word ?? "").slice((word ?? "").lastIndexOf(":") + 1);
}
