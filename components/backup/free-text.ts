import { formatMb } from "@/components/lib/format";
import type { DatastoreRow } from "@/server/domain/datastore";

/** A datastore as an option: its name and free space, which is not known before it was monitored. */
export function freeText(datastore: Pick<DatastoreRow, "name" | "freeMb" | "monitoredAt">): string {
  return datastore.monitoredAt === null ? datastore.name : `${datastore.name}: ${formatMb(datastore.freeMb)} free`;
}
