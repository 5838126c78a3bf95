import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import { BackupConfig } from "../../domain/backup-config";
import { isPinActive, planRetention, type RetentionChain, type RetentionPlan } from "../../domain/retention";
import type { Pin } from "../../domain/retention-preview";

/** What retention looks at: a living VM's settings and every backup of it that is there. */
export interface VmRetention {
  vmId: number;
  config: BackupConfig;
  chains: RetentionChain[];
}

/** Images whose points are there: `LOCKED` is one that is being merged. What is being deleted, or could not be, is not. */
const PRESENT = ["READY", "LOCKED"];

/** Histories of some VMs, in two queries whatever their number. VMs that are gone have none: nothing of theirs ever goes. */
export async function readRetention(db: Db, vmIds: readonly number[]): Promise<Map<number, VmRetention>> {
  const ids = [...new Set(vmIds)];
  if (ids.length === 0) return new Map();
  const vms = await db.vm.findMany({
    where: { id: { in: ids }, state: { not: "DONE" } },
    select: { id: true, backupConfig: true },
  });
  const images = await db.image.findMany({
    where: { type: "BACKUP", vmId: { in: vms.map((vm) => vm.id) }, state: { in: PRESENT } },
    orderBy: { id: "asc" },
    select: {
      id: true,
      vmId: true,
      isChain: true,
      lockLevel: true,
      increments: {
        orderBy: { id: "asc" },
        select: {
          id: true,
          at: true,
          storedBytes: true,
          broken: true,
          verification: true,
          expiredAt: true,
          pin: { select: { until: true } },
        },
      },
    },
  });
  const histories = new Map<number, VmRetention>();
  for (const vm of vms) {
    histories.set(vm.id, { vmId: vm.id, config: parseStored(BackupConfig, vm.backupConfig), chains: [] });
  }
  for (const image of images) {
    const history = image.vmId === null ? undefined : histories.get(image.vmId);
    history?.chains.push({
      imageId: image.id,
      isChain: image.isChain,
      isOpen: history.config.mode === "INCREMENT" && history.config.incrementalBackupId === image.id,
      isLocked: image.lockLevel > 0,
      points: image.increments.map((row) => ({
        incrementId: row.id,
        at: row.at.getTime(),
        bytes: Number(row.storedBytes),
        isGood: row.broken === null && row.verification !== "failed",
        pin: row.pin === null ? null : { until: row.pin.until?.getTime() ?? null },
        isExpired: row.expiredAt !== null,
      })),
    });
  }
  return histories;
}

/** A pin as people see it; null when there is none or it has ended. */
export function toPin(
  row: { at: Date; until: Date | null; note: string; userName: string } | null | undefined,
  now: number,
): Pin | null {
  if (row == null) return null;
  const pin = { at: row.at.getTime(), until: row.until?.getTime() ?? null, note: row.note, userName: row.userName };
  return isPinActive(pin, now) ? pin : null;
}

/** What retention does to a VM as it is now. */
export function planOf({ chains, config }: VmRetention, zone: string, now: number): RetentionPlan {
  return planRetention({ chains, policy: config, zone, now });
}
