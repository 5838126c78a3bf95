import type { DatastoreRow } from "@/server/domain/datastore";
import { CapacityBar } from "../ui/progress";
import { capacityOf } from "./capacity";

/** How full it is, in a bar and in words. */
export function DatastoreCapacity({
  datastore,
}: {
  datastore: Pick<DatastoreRow, "name" | "totalMb" | "usedMb" | "freeMb">;
}) {
  const capacity = capacityOf(datastore);
  if (capacity === null) return <p className="text-muted">The capacity is not known yet.</p>;
  return <CapacityBar label={`Use of ${datastore.name}`} {...capacity} />;
}
