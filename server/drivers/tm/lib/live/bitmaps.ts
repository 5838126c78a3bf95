/**
 * Bitmaps of a running VM, through QEMU's monitor. The names and the marks are those of powered-off disks (bitmap.ts), so
 * that live and powered-off increments take turns.
 *
 * libvirt keeps a checkpoint for each bitmap that it made, and refuses snapshots, migrations and more while there is one.
 * It is told of the parent before a backup, and of nothing after it: the bitmaps alone stay.
 */
import type { DriverLog } from "../../../action";
import type { Hypervisor } from "../../../vmm/lib/arguments";
import { onHypervisor } from "../../../vmm/lib/virsh";
import { MARK_GRANULARITY_BYTES } from "../bitmap";
import { NoIncrement } from "../increment";
import { bitmapName, isOurBitmap, markName } from "../vm-document";
import { checkpoint } from "./documents";
import type { LiveDevice, LiveDisk, LiveDomain } from "./domain";

/** $1 domain, $2 prefix of our checkpoints, $3 checkpoint to make known or empty, then commands for QEMU's monitor. */
const PREPARE_SCRIPT = `
domain=$1 prefix=$2 known=$3; shift 3
vir checkpoint-list --domain "$domain" --name | while IFS= read -r name; do
  case $name in "$prefix"[0-9]*) vir checkpoint-delete --domain "$domain" --checkpointname "$name" --metadata </dev/null >/dev/null ;; esac
done
for command in "$@"; do
  answer=$(vir qemu-monitor-command --domain "$domain" "$command")
  case $answer in *'"error":'*) printf 'error: QEMU refuses %s: %s\\n' "$command" "$answer" >&2; exit 1 ;; esac
done
if [ -n "$known" ]; then
  file=$(mktemp)
  trap 'rm -f -- "$file"' EXIT
  printf '%s' "$known" >"$file"
  vir checkpoint-create --domain "$domain" --xmlfile "$file" --redefine >/dev/null
fi
`;

export interface Parent {
  bitmap: string;
  /** Null: the core does not say. */
  mark: string | null;
}

/**
 * Is the parent's bitmap, and its mark, whole on every disk?
 * @throws NoIncrement naming the first disk where it is not
 */
export function requireParent(disks: readonly LiveDisk[], { bitmap, mark }: Parent): void {
  for (const { source, bitmaps } of disks) {
    const parent = bitmaps.find((each) => each.name === bitmap);
    if (parent === undefined) throw new NoIncrement(`bitmap ${bitmap} of disk ${source.diskId} is missing`);
    if (parent.inconsistent || !parent.recording) {
      throw new NoIncrement(`bitmap ${bitmap} of disk ${source.diskId} is broken: the VM or its host ended hard`);
    }
    if (mark !== null && !bitmaps.some((each) => each.name === mark && !each.inconsistent)) {
      throw new NoIncrement(
        `disk ${source.diskId} does not carry the mark of the last backup: it was replaced or restored from elsewhere`,
      );
    }
  }
}

/** Bytes that have changed since the parent, in order of the disks. */
export function dirtyBytes(disks: readonly LiveDisk[], bitmap: string): number[] {
  return disks.map(({ bitmaps }) => bitmaps.find((each) => each.name === bitmap)?.count ?? 0);
}

/**
 * Remove every bitmap and mark of this VM but the parent's, and all our checkpoints; make the parent known to libvirt.
 * @param parent null: a new chain begins, nothing of ours stays
 */
export async function prepareBitmaps(
  at: Hypervisor,
  domain: string,
  vmId: number,
  { disks, devices }: LiveDomain,
  parent: Parent | null,
  log: DriverLog,
  signal: AbortSignal,
): Promise<void> {
  const stays = (name: string) =>
    parent !== null &&
    (name === parent.bitmap || (parent.mark === null ? name.startsWith(`${parent.bitmap}.`) : name === parent.mark));
  const commands = devices.flatMap((device) => {
    const names = device.bitmaps.map(({ name }) => name).filter((name) => name !== "");
    const foreign = names.filter((name) => !isOurBitmap(name, vmId));
    if (foreign.length > 0)
      log.info(`${device.target} has bitmaps of another program, left alone: ${foreign.join(", ")}`);
    return marksFirst(names.filter((name) => isOurBitmap(name, vmId) && !stays(name))).map((name) =>
      removeCommand(device, name),
    );
  });
  const targets = disks.map(({ target }) => target);
  const known = parent === null ? "" : checkpoint(parent.bitmap, targets, true);
  const args = [domain, bitmapPrefix(vmId), known, ...commands];
  await onHypervisor(at, "prepare the bitmaps of the disks", PREPARE_SCRIPT, args, { signal });
}

/** After a failure: what recorded the changes since the failed backup is of no use. Nothing else is touched. */
export async function dropBitmaps(
  at: Hypervisor,
  domain: string,
  vmId: number,
  devices: readonly LiveDevice[],
  signal: AbortSignal,
): Promise<void> {
  const commands = devices.flatMap((device) => device.bitmaps.map(({ name }) => removeCommand(device, name)));
  const args = [domain, bitmapPrefix(vmId), "", ...commands];
  await onHypervisor(at, "remove the bitmaps of the failed backup", PREPARE_SCRIPT, args, { signal });
}

/** Commands that put the mark of this backup beside its new bitmap. */
export function markCommands(
  disks: readonly LiveDisk[],
  vmId: number,
  incrementId: number,
  backupId: string | null,
): string[] {
  if (backupId === null) return [];
  return disks.map(({ node }) =>
    command("block-dirty-bitmap-add", {
      node,
      name: markName(vmId, incrementId, backupId),
      granularity: MARK_GRANULARITY_BYTES,
      persistent: true,
      disabled: true,
    }),
  );
}

/** Disks whose next backup cannot be an increment are named in the log. */
export function trackedDisks(disks: readonly LiveDisk[], log: DriverLog): LiveDisk[] {
  for (const { source } of disks.filter((disk) => !disk.source.canHaveBitmaps)) {
    log.warn(
      `Disk ${source.diskId} cannot record changes (raw or qcow2 version 2): the next backup will be a full one.`,
    );
  }
  return disks.filter((disk) => disk.source.canHaveBitmaps);
}

export function parentOf(vmId: number, parentId: number, backupId: string | null): Parent {
  return {
    bitmap: bitmapName(vmId, parentId),
    mark: backupId === null ? null : markName(vmId, parentId, backupId),
  };
}

function bitmapPrefix(vmId: number): string {
  return `one-${vmId}-`;
}

function removeCommand({ node }: LiveDevice, name: string): string {
  return command("block-dirty-bitmap-remove", { node, name });
}

function command(execute: string, args: object): string {
  return JSON.stringify({ execute, arguments: args });
}

function marksFirst(names: readonly string[]): string[] {
  const isMark = (name: string) => name.includes(".");
  return [...names.filter(isMark), ...names.filter((name) => !isMark(name))];
}
