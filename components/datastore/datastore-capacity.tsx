import type { DatastoreRow } from "@/server/domain/datastore";
import { formatMb, percentOf } from "../lib/format";
import { CapacityBar } from "../ui/progress";
import { capacityTone } from "./capacity";

/** How full it is, in a bar and in words. */
export function DatastoreCapacity({
  datastore,
}: {
  datastore: Pick<DatastoreRow, "name" | "totalMb" | "usedMb" | "freeMb">;
}) {
  const { totalMb, usedMb, freeMb } = datastore;
  if (totalMb === 0) return <p className="text-muted">The capacity is not known yet.</p>;
  const percent = percentOf(usedMb, totalMb);
  return (
    <CapacityBar
      label={`Use of ${datastore.name}`}
      percent={percent}
      tone={capacityTone(usedMb, totalMb)}
      text={`${percent} % used, ${formatMb(freeMb)} free of ${formatMb(totalMb)}`}
    />
  );
}
