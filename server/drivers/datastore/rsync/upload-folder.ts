/** The life of `<BASE_PATH>/<vm id>/.tmp-<backup id>` on the backup server: made, published, or removed. */
import type { Manifest } from "../../../domain/backup";
import { DriverError, type DriverLog } from "../../action";
import { CLEANUP_MS, nameOf } from "../../remote";
import type { BackupPlan } from "./backup-plan";
import { OPEN_REPOSITORY } from "./open-repository";
import { toMib } from "./repository";
import { runInRepository } from "./run-in-repository";
import { findPoint, type StoredPoint } from "./stored";
import { pointDir } from "./url";

/** How the files of this backup get into the folder, as far as the server can tell. */
export type Nearness = "linkable" | "readable" | "remote";

/**
 * $1 base, $2 VM, $3 id, $4 bytes to send, $5 reserve in bytes or `-`, $6 staging folder or empty, $7 `link` when
 * links may replace copies.
 * Sweeping other `.tmp-` folders is safe: only one backup of a VM runs at a time.
 */
const PREPARE = `
set -eu
${OPEN_REPOSITORY}
base=$1; vm=$2; id=$3; need=$4; reserve=$5; staging=$6
open_repository "$base"
if [ -L "$base/$vm" ]; then echo "$base/$vm is a symbolic link" >&2; exit 1; fi
# An rm of the VM's last backup may take the folder away until there is something in it.
enter() { mkdir -p -- "$base/$vm" && cd -- "$base/$vm" && rm -rf -- ./.tmp-* && mkdir -- "./.tmp-$id"; }
enter 2>/dev/null || enter
near=remote
if [ -n "$staging" ] && [ -r "$staging/vm.xml" ]; then
  near=readable
  if [ "$(stat -c %d -- "$staging")" = "$(stat -c %d .)" ]; then near=linkable; fi
fi
if [ "$near" = linkable ] && [ "$7" = link ]; then need=0; fi
read -r size available < <(df -B1 --output=size,avail . | tail -n 1)
if [ "$reserve" = - ]; then
  reserve=$((size / 20))
  if [ "$reserve" -gt 2147483648 ]; then reserve=2147483648; fi
fi
if [ "$need" -gt 0 ] && [ "$available" -lt $((need + reserve)) ]; then
  rmdir -- "./.tmp-$id"
  cd -- "$base"
  rmdir --ignore-fail-on-non-empty -- "./$vm" || [ ! -e "./$vm" ]
  echo "full $available $reserve"
  exit 0
fi
echo "ready $near"
`;

/** Make the empty upload folder. Answers how near the staged files are to it. */
export async function prepareUpload(
  plan: BackupPlan,
  bytesToSend: number,
  stagingOnServer: string | null,
  log: DriverLog,
  signal: AbortSignal,
): Promise<Nearness> {
  const { basePath, server, reserveBytes } = plan.repository;
  const output = await runInRepository(
    plan.repository,
    `prepare ${basePath}/${plan.vmId}`,
    PREPARE,
    [
      basePath,
      String(plan.vmId),
      plan.backupId,
      String(bytesToSend),
      reserveBytes === null ? "-" : String(reserveBytes),
      stagingOnServer ?? "",
      plan.repository.rsyncArgs.length === 0 ? "link" : "copy",
    ],
    { signal },
  );
  const [repositoryState = "", answer = ""] = output.trim().split("\n");
  if (repositoryState === "foreign") {
    log.warn(`${basePath} on ${nameOf(server, "backup server")} has no .repo-id: it was written by another program`);
  }
  const [state, first = "", second = ""] = answer.split(" ");
  if (state === "full") {
    throw new DriverError(
      `The repository ${basePath} on ${nameOf(server, "backup server")} has not enough space: ${toMib(bytesToSend)} MiB to send, ${toMib(Number(first))} MiB free, ${toMib(Number(second))} MiB of them reserved. Free space or enlarge it.`,
    );
  }
  if (state !== "ready" || (first !== "linkable" && first !== "readable" && first !== "remote")) {
    throw new DriverError(`${nameOf(server, "backup server")} gave an unexpected answer: ${answer}`);
  }
  return first;
}

/**
 * The stored backup when this id is already complete, null when it is not there.
 * @throws DriverError when the folder is there but is not that backup
 */
export async function findComplete(plan: BackupPlan, signal: AbortSignal): Promise<StoredPoint | null> {
  const stored = await findPoint(plan.repository, plan.vmId, plan.backupId, signal);
  if (stored === null) return null;
  const dir = pointDir(plan.repository.basePath, plan.vmId, plan.backupId);
  const { manifest, files } = stored;
  const bytesOf = new Map(files.map((file) => [file.name, file.bytes]));
  const isWhole =
    manifest !== null &&
    manifest.backupId === plan.backupId &&
    manifest.vmId === plan.vmId &&
    bytesOf.has("vm.xml") &&
    manifest.disks.every((disk) => bytesOf.get(disk.file) === disk.bytes);
  if (!isWhole) throw new DriverError(`${dir} is there but does not match its manifest. Move it away and try again.`);
  return stored;
}

/**
 * $1 base, $2 VM, $3 id, $4 length of the manifest, then name and length of each file; the manifest on stdin, which ends
 * too early when the driver is killed.
 * `mv -n` renames without clobbering, but says nothing when it did not, hence the check.
 */
const PUBLISH = `
set -eu
umask 077
dir="$1/$2"; id=$3; length=$4; shift 4
cd -- "$dir/.tmp-$id"
while [ "$#" -gt 0 ]; do
  bytes=$(stat -c %s -- "$1")
  if [ "$bytes" != "$2" ]; then echo "$1 has $bytes bytes instead of $2" >&2; exit 1; fi
  chmod 600 -- "$1"
  shift 2
done
cat > manifest.json.new
if [ "$(stat -c %s manifest.json.new)" != "$length" ]; then echo "not all of the manifest arrived" >&2; exit 1; fi
sync manifest.json.new
mv -- manifest.json.new manifest.json
sync .
cd -- "$dir"
mv -nT -- "./.tmp-$id" "./$id"
if [ -e "./.tmp-$id" ]; then echo "$dir/$id exists already" >&2; exit 1; fi
sync .
`;

/**
 * Check the lengths, write the manifest last and give the folder its name: from here on the backup exists. It cannot be
 * cancelled: half a publication is either a backup or none, and a caller that gave up would not know which.
 */
export async function publishUpload(
  plan: BackupPlan,
  files: readonly { name: string; bytes: number }[],
  manifest: Manifest,
): Promise<void> {
  const { basePath } = plan.repository;
  const input = `${JSON.stringify(manifest, null, 1)}\n`;
  const length = String(Buffer.byteLength(input));
  await runInRepository(
    plan.repository,
    `finish the backup in ${basePath}/${plan.vmId}`,
    PUBLISH,
    [basePath, String(plan.vmId), plan.backupId, length, ...files.flatMap((file) => [file.name, String(file.bytes)])],
    { input },
  );
}

const DISCARD = `
set -eu
if [ ! -d "$1/$2" ] || [ -L "$1/$2" ]; then exit 0; fi
cd -- "$1/$2"
rm -rf -- "./.tmp-$3"
cd -- "$1"
rmdir --ignore-fail-on-non-empty -- "./$2" || [ ! -e "./$2" ]
`;

/** Remove the upload folder after a failure or a cancel. A failure here is only logged: the next backup sweeps it. */
export async function discardUpload(plan: BackupPlan, log: DriverLog): Promise<void> {
  const { basePath } = plan.repository;
  const args = [basePath, String(plan.vmId), plan.backupId];
  try {
    await runInRepository(plan.repository, "remove the unfinished upload", DISCARD, args, { timeoutMs: CLEANUP_MS });
  } catch (error) {
    log.warn(error instanceof Error ? error.message : String(error));
  }
}
