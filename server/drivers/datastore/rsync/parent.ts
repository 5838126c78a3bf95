/** Whether the repository still holds what an increment builds on. */
import type { BackupPlan } from "./backup-plan";
import { listPoint, readManifest } from "./stored";
import { pointDir } from "./url";

/**
 * Why the increment cannot be stored in this repository, null when it can or when the core did not name the parent.
 * Looks at the parent alone: its own parent was looked at when it was stored.
 * @throws DriverError when the server cannot be asked, which says nothing about the parent
 */
export async function parentProblem(plan: BackupPlan, signal: AbortSignal): Promise<string | null> {
  const { repository, vmId, parentBackupId, parentId, diskIds } = plan;
  if (parentBackupId === null) return null;
  const dir = pointDir(repository.basePath, vmId, parentBackupId);
  const gone = (detail: string) =>
    `the parent backup ${parentBackupId} is not in the repository ${repository.basePath}: ${detail}`;
  const listed = await listPoint(repository, vmId, parentBackupId, signal);
  if (listed === null) return gone("its folder is missing");
  if (listed.manifest === null) return gone("it has no manifest");
  const manifest = readManifest(listed.manifest);
  if (typeof manifest === "string") return gone(`${dir}/manifest.json is damaged: ${manifest}`);
  const { backupId, incrementId } = manifest;
  if (backupId !== parentBackupId || manifest.vmId !== vmId || incrementId !== parentId) {
    return gone(`${dir}/manifest.json belongs to another backup`);
  }
  const bytesOf = new Map(listed.files.map((file) => [file.name, file.bytes]));
  const isDamaged = (bytes: number | undefined, expected: number) =>
    manifest.isMerging === true ? bytes === undefined : bytes !== expected;
  const damaged = manifest.disks.find((disk) => isDamaged(bytesOf.get(disk.file), disk.bytes));
  if (damaged !== undefined) {
    const bytes = bytesOf.get(damaged.file);
    return gone(
      `${damaged.file} ${bytes === undefined ? "is missing" : `has ${bytes} bytes instead of ${damaged.bytes}`}`,
    );
  }
  const stored = new Set(manifest.disks.map((disk) => disk.id));
  const added = diskIds.find((diskId) => !stored.has(diskId));
  return added === undefined ? null : gone(`it does not hold disk ${added}`);
}
