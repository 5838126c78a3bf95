import { t } from "@/components/i18n/t";
import type { BackupRequest } from "@/server/domain/backup";
import type { DatastoreRow } from "@/server/domain/datastore";
import type { VmDetail } from "@/server/domain/vm";

export interface BackupChoice {
  /** Will the backup be a full one that starts a new chain (or stands alone)? */
  isFull: boolean;
  /** Why the datastore cannot be chosen (it is that of the open chain); null when it can. */
  datastoreReason: string | null;
  datastoreId: number | null;
  request: BackupRequest | null;
}

/**
 * What "Back up now" does with the settings as they are: an open chain goes on in its own datastore, and only a reset
 * or the first point of a chain may choose another (the reference's rule).
 */
export function backupChoice(
  vm: Pick<VmDetail, "id" | "mode" | "chainDatastore" | "backupConfig">,
  datastores: readonly DatastoreRow[],
  asked: { reset: boolean; datastoreId: number | null },
): BackupChoice {
  const chain = vm.mode === "INCREMENT" ? vm.chainDatastore : null;
  if (chain !== null && !asked.reset) {
    return {
      isFull: false,
      datastoreReason: t("Chain {imageId} lives in {name}. Start a new chain to choose another datastore.", {
        imageId: chain.imageId,
        name: chain.name,
      }),
      datastoreId: chain.id,
      request: { vmId: vm.id, datastoreId: null, reset: false },
    };
  }
  const preferred = [asked.datastoreId, chain?.id ?? null, vm.backupConfig.lastDatastoreId].find((id) =>
    datastores.some((datastore) => datastore.id === id),
  );
  const datastoreId = preferred ?? datastores[0]?.id ?? null;
  return {
    isFull: true,
    datastoreReason: null,
    datastoreId,
    request: datastoreId === null ? null : { vmId: vm.id, datastoreId, reset: asked.reset },
  };
}
