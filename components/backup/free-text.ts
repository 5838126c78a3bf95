import { t } from "@/components/i18n/t";
import { formatMb } from "@/components/lib/format";
import type { DatastoreRow } from "@/server/domain/datastore";

/** A datastore as an option: its name and free space, which is not known before it was monitored. */
export function freeText(datastore: Pick<DatastoreRow, "name" | "freeMb" | "monitoredAt">): string {
  return datastore.monitoredAt === null
    ? datastore.name
    : t("{name}: {freeMb} free", { name: datastore.name, freeMb: formatMb(datastore.freeMb) });
}
