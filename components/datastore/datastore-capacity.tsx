import type { DatastoreRow } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { CapacityBar } from "../ui/progress";
import { capacityOf } from "./capacity";

/** How full it is, in a bar and in words. */
export function DatastoreCapacity({
  datastore,
}: {
  datastore: Pick<DatastoreRow, "name" | "totalMb" | "usedMb" | "freeMb">;
}) {
  const capacity = capacityOf(datastore);
  if (capacity === null) return <p className="text-muted">{t("The capacity is not known yet.")}</p>;
  return <CapacityBar label={t("Use of {name}", { name: datastore.name })} {...capacity} />;
}
