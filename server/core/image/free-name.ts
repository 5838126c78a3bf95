import type { Tx } from "../../db/tx";
import { backupName } from "../../domain/backup-name";

/**
 * A name for a backup image of `at` (epoch ms). Names have a resolution of one second and are unique per owner: a second
 * one in that second moves on.
 */
export async function freeBackupName(
  tx: Tx,
  { uid, vmId }: { uid: number; vmId: number },
  at: number,
  zone: string,
): Promise<string> {
  for (let shift = 0; ; shift += 1000) {
    const name = backupName(vmId, new Date(at + shift), zone);
    const taken = await tx.image.findFirst({ where: { uid, type: "BACKUP", name }, select: { id: true } });
    if (taken === null) return name;
  }
}
