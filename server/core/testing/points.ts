import type { PrismaClient } from "../../db/client";
import { toJson } from "../../db/json";
import type { Manifest } from "../../domain/backup";

export interface StoredPoint {
  sizeMb?: number;
  storedBytes?: number;
  /** Epoch ms. */
  at?: number;
  /** Bytes of disk 0 in the repository; null: a backup without a manifest. */
  manifestBytes?: number | null;
  broken?: string;
  vmDocument?: string;
}

/** A backup image in the inventory, with a point for each of `points`, oldest first; no file of it exists. */
export async function storeBackup(
  db: PrismaClient,
  image: {
    id: number;
    vmId: number;
    datastoreId: number;
    vmName?: string;
    uid?: number;
    gid?: number;
    permissions?: number;
    state?: string;
    sizeMb?: number;
  },
  points: StoredPoint[],
): Promise<void> {
  await db.image.create({
    data: { uid: 0, gid: 0, name: `backup-${image.id}`, type: "BACKUP", state: "READY", isChain: true, ...image },
  });
  for (const [id, point] of points.entries()) {
    const type = id === 0 ? ("FULL" as const) : ("INCREMENT" as const);
    const source = (image.id * 1_000 + id).toString(16).padStart(6, "0");
    await db.increment.create({
      data: {
        imageId: image.id,
        id,
        parentId: id - 1,
        type,
        source,
        sizeMb: point.sizeMb ?? 1,
        storedBytes: BigInt(point.storedBytes ?? 1),
        at: new Date(point.at ?? id),
        verification: "checksummed",
        broken: point.broken ?? null,
        diskIds: [0],
        vmDocument: point.vmDocument ?? "<VM/>",
        ...(point.manifestBytes == null
          ? {}
          : { manifest: toJson(manifest(image.vmId, id, source, point.manifestBytes)) }),
      },
    });
  }
}

function manifest(vmId: number, incrementId: number, backupId: string, bytes: number): Manifest {
  return {
    version: 1,
    vmId,
    backupId,
    incrementId,
    type: incrementId === 0 ? "FULL" : "INCREMENT",
    parentId: incrementId - 1,
    createdAt: "2026-01-01T00:00:00Z",
    tool: "test",
    vmXmlSha256: "0".repeat(64),
    disks: [
      {
        id: 0,
        file: `disk.0.${incrementId}`,
        bytes,
        sha256: "0".repeat(64),
        virtualSize: 64 * 1024 * 1024,
        bitmap: null,
      },
    ],
  };
}
