import { SQL_NULL, toJson } from "../../db/json";
import type { Tx } from "../../db/tx";
import type { Manifest } from "../../domain/backup";
import type { PointFinding } from "../../domain/verification";
import { readDisks } from "../../domain/vm-disks";
import { parseVmDocument } from "../../lib/xml/vm-document";

const MIB = 1024 * 1024;
const DISK_FILE = /^disk\.(\d{1,6})\.\d{1,9}$/;

/**
 * Keep what a check has read of points that were read in from a repository without manifests, so that the next check has
 * something to compare with. Points with a problem, or whose files are not all there, get nothing.
 */
export async function recordChecksums(tx: Tx, imageId: number, findings: readonly PointFinding[]): Promise<void> {
  const rows = await tx.increment.findMany({
    where: { imageId, actionId: null, broken: null, manifest: { equals: SQL_NULL } },
    select: { id: true, parentId: true, source: true, at: true, vmDocument: true, diskIds: true },
  });
  for (const row of rows) {
    const finding = findings.find((each) => each.incrementId === row.id && each.backupId === row.source);
    const manifest = finding === undefined ? null : manifestOf(row, finding);
    if (manifest === null) continue;
    await tx.increment.update({
      where: { imageId_id: { imageId, id: row.id } },
      data: {
        manifest: toJson(manifest),
        verification: "checksummed",
        verificationNote: "Its checksums were recorded by this check. The next one compares its files with them.",
      },
    });
  }
}

function manifestOf(
  row: { id: number; parentId: number; source: string; at: Date; vmDocument: string; diskIds: readonly number[] },
  { problem, files }: PointFinding,
): Manifest | null {
  const document = files.find((file) => file.name === "vm.xml");
  if (problem !== null || document === undefined) return null;
  const vm = parseVmDocument(row.vmDocument);
  const sizes = new Map(readDisks(vm.template).map((disk) => [disk.diskId, disk.sizeMb]));
  const disks = files.flatMap(({ name, bytes, sha256 }) => {
    const id = Number(DISK_FILE.exec(name)?.[1] ?? -1);
    if (id === -1) return [];
    return [{ id, file: name, bytes, sha256, virtualSize: (sizes.get(id) ?? 0) * MIB, bitmap: null }];
  });
  if (disks.length === 0 || row.diskIds.some((id) => !disks.some((disk) => disk.id === id))) return null;
  return {
    version: 1,
    vmId: vm.id,
    backupId: row.source,
    incrementId: row.id,
    type: row.parentId === -1 ? "FULL" : "INCREMENT",
    parentId: row.parentId,
    createdAt: row.at.toISOString(),
    tool: "verify",
    vmXmlSha256: document.sha256,
    disks,
  };
}
