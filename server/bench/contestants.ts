/** Our drivers as whole programs, physical primitives, and the reference's way re-made from its description. */
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { chainName, tool, vmXml } from "../drivers/testing/disks";
import { childEnv } from "../lib/env";
import { run } from "../lib/process";
import type { DiskSize } from "./fixture";
import type { Contestant } from "./measure";

const RUN_MS = 10 * 60 * 1000;
const DATASTORE_ID = 100;

export interface Bench {
  /** Temporary folder; removed by the caller. */
  dir: string;
  remotesDir: string;
  size: DiskSize;
  rounds: number;
  /** `ssh -F` file in which `backup-server` is this machine. */
  sshConfig: string;
}

/** Run a script; throws with its words when it fails. */
export async function bash(text: string, args: readonly string[]): Promise<string> {
  const result = await run(["bash", "-c", `set -eu -o pipefail\n${text}`, "strata", ...args], { timeoutMs: RUN_MS });
  if (!result.ok) throw new Error(`${text}: ${result.spawnError ?? result.stderr}`);
  return result.stdout;
}

/** A script with `outputs` that are removed before each round. */
export function script(text: string, args: readonly string[], outputs: readonly string[]): Contestant {
  return { reset: () => clear(outputs), run: async () => void (await bash(text, args)) };
}

export async function clear(paths: readonly string[]): Promise<void> {
  for (const each of paths) await rm(each, { recursive: true, force: true });
  await tool("sync");
}

export async function warm(file: string): Promise<void> {
  await bash('cat "$1" >/dev/null', [file]);
}

export interface BenchVm {
  vmId: number;
  vmDir: string;
  disk: string;
  /** BASE_PATH of its repository. */
  repository: string;
}

export async function makeVm(bench: Bench, vmId: number): Promise<BenchVm> {
  const vmDir = path.join(bench.dir, "datastores/0", String(vmId));
  const repository = path.join(bench.dir, `repository-${vmId}`);
  await mkdir(vmDir, { recursive: true });
  await mkdir(repository);
  return { vmId, vmDir, disk: path.join(vmDir, "disk.0"), repository };
}

/** One driver action to its end; its stdout. `variables`: more of its environment. */
export async function driver(
  bench: Bench,
  action: string,
  argv: readonly string[],
  input: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...childEnv(), STRATA_SSH_CONFIG: bench.sshConfig, ...variables };
  const result = await run([path.join(bench.remotesDir, action), ...argv], { input, env, timeoutMs: RUN_MS });
  if (!result.ok) throw new Error(`${action} failed: ${result.stderr}`);
  return result.stdout;
}

export const backupArgv = ({ vmId, vmDir }: BenchVm) => [
  `localhost:${vmDir}`,
  "0",
  `one-${vmId}`,
  "-",
  String(vmId),
  String(DATASTORE_ID),
];

export const documentOf = ({ vmId }: BenchVm, parentId: number) =>
  vmXml({ vmId, mode: "INCREMENT", parentId, disks: [{ id: 0 }] });

/** Our pre-backup: an increment on `parentId`, a full that starts a chain with -1. */
export function preBackup(bench: Bench, vm: BenchVm, parentId: number): Contestant {
  return {
    reset: () => clear([path.join(vm.vmDir, "backup")]),
    run: async () => void (await driver(bench, "tm/ssh/prebackup", backupArgv(vm), documentOf(vm, parentId))),
  };
}

export function datastoreXml({ repository }: BenchVm, host: string): string {
  return `<DATASTORE><ID>${DATASTORE_ID}</ID><BASE_PATH>${repository}</BASE_PATH><TEMPLATE><RSYNC_HOST>${host}</RSYNC_HOST><RSYNC_USER>root</RSYNC_USER><RESERVE_MB>0</RESERVE_MB></TEMPLATE></DATASTORE>`;
}

/** Our upload of what is staged; the id of the backup in the repository. */
export async function upload(bench: Bench, vm: BenchVm, parentId: number, host: string): Promise<string> {
  const data = `<DS_DRIVER_ACTION_DATA>${datastoreXml(vm, host)}${documentOf(vm, parentId)}</DS_DRIVER_ACTION_DATA>`;
  const [backupId = ""] = (await driver(bench, "datastore/rsync/backup", backupArgv(vm), data)).split(" ");
  return backupId;
}

/** Pre-backup and upload over ssh, as a backup runs them. */
export function backUpOverSsh(bench: Bench, vm: BenchVm, parentId: number): Contestant {
  return {
    reset: () => clear([path.join(vm.vmDir, "backup"), path.join(vm.repository, String(vm.vmId))]),
    run: async () => {
      await preBackup(bench, vm, parentId).run();
      await upload(bench, vm, parentId, "backup-server");
    },
  };
}

/** Our restore of a chain of backup ids into a file. */
export function restore(bench: Bench, vm: BenchVm, ids: readonly string[], out: string): Contestant {
  const points = ids.map((id, increment) => `${increment}:${id}`).join(",");
  const last = `${vm.repository}/${vm.vmId}/${ids.at(-1) ?? ""}/disk.0.${ids.length - 1}`;
  const url = `rsync://${DATASTORE_ID}//${points}/${last.replace(/^\//, "")}`;
  const input = `<DS_DRIVER_ACTION_DATA>${datastoreXml(vm, "localhost")}</DS_DRIVER_ACTION_DATA>`;
  return {
    reset: () => clear([out]),
    run: async () => void (await driver(bench, "downloader/rsync", [url, out, "qcow2"], input)),
  };
}

/** Stored files of a chain, oldest first. */
export function storedFiles(vm: BenchVm, ids: readonly string[]): string[] {
  return ids.map((id, increment) => path.join(vm.repository, String(vm.vmId), id, `disk.0.${increment}`));
}

/** The reference's full: `qemu-img convert -m 4 -U` (drivers-and-core §6.1). */
export const UPSTREAM_FULL = 'qemu-img convert -m 4 -O qcow2 -U "$1" "$2"; sync "$2"';

/**
 * The reference's increment of a powered-off disk (drivers-and-core §6.1): the bitmap over NBD, and one read of qemu-io
 * with copy-on-read for each extent. $1 disk, $2 bitmap, $3 target, $4 seconds that its helper sleeps, twice.
 */
export const UPSTREAM_INCREMENT = `
disk=$1 bitmap=$2 out=$3 pause=$4
socket=$(dirname -- "$out")/upstream.socket
size=$(qemu-img info --output=json "$disk" | sed -n 's/^ *"virtual-size": \\([0-9]*\\).*/\\1/p' | tail -n 1)
rm -f "$socket"
qemu-nbd -r -k "$socket" -f qcow2 -t -B "$bitmap" "$disk" & pid=$!
trap 'kill -TERM "$pid" 2>/dev/null || :; wait "$pid" || :' EXIT
until [ -S "$socket" ]; do sleep 0.01; done
sleep "$pause"
uri="nbd+unix:///?socket=$socket"
qemu-img create -q -f qcow2 -F raw -b "$uri" "$out" "$size"
# qemu-nbd serves one at a time.
map=$(nbdinfo --map="qemu:dirty-bitmap:$bitmap" "$uri")
{
  echo "open -C -t none -i native -o driver=qcow2 $out"
  awk '$3 == 1 {
    for (at = $1; at < $1 + $2; at += n) { n = $1 + $2 - at; if (n > 1073741824) n = 1073741824; printf "read -q %.0f %.0f\\n", at, n }
  }' <<<"$map"
  echo quit
} | qemu-io >/dev/null
kill -TERM "$pid"; wait "$pid" || :
trap - EXIT
sleep "$pause"
sync "$out"
`;

/** The reference's transport: rsync -aS over ssh with its default cipher. $1 ssh -F file, $2 folder, $3 destination. */
export const UPSTREAM_SEND = `
ssh -F "$1" -c chacha20-poly1305@openssh.com backup-server mkdir -p -- "$3"
rsync -aS -e "ssh -F $1 -c chacha20-poly1305@openssh.com" "$2/" "backup-server:$3/"
ssh -F "$1" -c chacha20-poly1305@openssh.com backup-server sync -f -- "$3"
`;

/** The reference's restore (drivers-and-core §8): headers rebased in place, one convert. $1 target, then the chain. */
export const UPSTREAM_RESTORE = `
out=$1; shift
before=
for file in "$@"; do
  if [ -n "$before" ]; then qemu-img rebase -u -f qcow2 -F qcow2 -b "$before" "$file"; fi
  before=$file
done
qemu-img convert -O qcow2 "$before" "$out"
sync "$out"
`;

/**
 * The reference's flatten (drivers-and-core §5): headers rebased in place, the newest committed into the oldest, which then
 * takes its name. $1 folder, then the chain.
 */
export const UPSTREAM_FLATTEN = `
folder=$1; shift
first=$1 before=
for file in "$@"; do
  if [ -n "$before" ]; then qemu-img rebase -u -f qcow2 -F qcow2 -b "$before" "$file"; fi
  before=$file
done
qemu-img commit -q -f qcow2 -b "$first" "$before"
sync "$first"
mv "$first" "$before"
sync "$folder"
`;

/**
 * The reference's full of a running VM: an overlay takes the writes, convert, then it is committed back. $1 libvirt, $2
 * domain, $3 disk, $4 target.
 */
export const UPSTREAM_LIVE_FULL = `
virsh -q -c "$1" snapshot-create-as "$2" backup --disk-only --atomic --no-metadata --diskspec "vda,file=$3.overlay" >/dev/null
qemu-img convert -m 4 -O qcow2 -U "$3" "$4"
virsh -q -c "$1" blockcommit "$2" vda --active --pivot --wait >/dev/null
rm -f "$3.overlay"
sync "$4"
`;

/**
 * The reference's increment of a running VM: a backup in pull mode, one read of qemu-io for each extent. $1 libvirt, $2
 * domain, $3 number of this checkpoint, 0 for the first, which has nothing to copy, $4 guest-visible bytes, $5 scratch
 * file, $6 target.
 */
export const UPSTREAM_LIVE_INCREMENT = `
uri=$1 domain=$2 point=$3 size=$4 scratch=$5 out=$6
socket=$(dirname -- "$out")/live.socket
checkpoint="<domaincheckpoint><name>ref$point</name><disks><disk name='vda' checkpoint='bitmap'/></disks></domaincheckpoint>"
if [ "$point" = 0 ]; then
  virsh -q -c "$uri" checkpoint-create "$domain" <(echo "$checkpoint") >/dev/null
  exit
fi
parent=ref$((point - 1))
rm -f "$scratch" "$socket"
echo "<domainbackup mode='pull'><incremental>$parent</incremental><server transport='unix' socket='$socket'/><disks><disk name='vda' backup='yes' type='file' exportname='vda' exportbitmap='dirty'><scratch file='$scratch'/></disk></disks></domainbackup>" >"$out.backup.xml"
echo "$checkpoint" >"$out.checkpoint.xml"
virsh -q -c "$uri" backup-begin "$domain" "$out.backup.xml" "$out.checkpoint.xml" >/dev/null
export="nbd+unix:///vda?socket=$socket"
qemu-img create -q -f qcow2 -F raw -b "$export" "$out" "$size"
map=$(nbdinfo --map=qemu:dirty-bitmap:dirty "$export")
{
  echo "open -C -t none -i native -o driver=qcow2 $out"
  awk '$3 == 1 { printf "read -q %.0f %.0f\\n", $1, $2 }' <<<"$map"
  echo quit
} | qemu-io >/dev/null
virsh -q -c "$uri" domjobabort "$domain"
virsh -q -c "$uri" checkpoint-delete "$domain" "$parent" >/dev/null
sync "$out"
rm -f "$scratch" "$out.backup.xml" "$out.checkpoint.xml"
`;

/** Drop the dangling backing name of an upstream increment, to compare it. */
export async function chainWithUpstream(base: string, increment: string): Promise<string> {
  await tool("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "", increment);
  return chainName([base, increment]);
}
