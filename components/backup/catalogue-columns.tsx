"use client";

import { Pin } from "lucide-react";
import Link from "next/link";
import { columnsOf } from "@/components/data-table/columns";
import { t } from "@/components/i18n/t";
import { formatBytes, formatExactBytes } from "@/components/lib/format";
import { CatalogueStateBadge } from "@/components/state-badge";
import { Badge } from "@/components/ui/badge";
import { Time } from "@/components/ui/time";
import type { CatalogueRow } from "@/server/domain/backup-catalogue";
import { RowMenu } from "./row-menu";

const column = columnsOf<CatalogueRow>();
const small = "block truncate text-sm text-muted";

/** Columns of the catalogue. Sort ids are those its procedure knows. */
export const CATALOGUE_COLUMNS = column.columns([
  column.accessor("vmName", {
    header: () => t("VM"),
    meta: { sort: "vm", isName: true, className: "min-w-32 wrap-anywhere" },
    cell: ({ row }) => (
      <>
        {row.original.vmName}{" "}
        <span className="font-normal whitespace-nowrap text-muted">
          {t("backup {imageId}", { imageId: row.original.imageId })}
        </span>
      </>
    ),
  }),
  column.accessor("state", {
    header: () => t("State"),
    meta: { sort: "state", card: "corner" },
    cell: ({ row }) => (
      <span title={row.original.error ?? undefined}>
        <CatalogueStateBadge row={row.original} />
        {row.original.error === null ? null : (
          <span className="block max-w-44 truncate text-sm text-danger">{row.original.error}</span>
        )}
      </span>
    ),
  }),
  column.accessor("points", {
    header: () => t("Points"),
    meta: { sort: "points", card: "fact", className: "whitespace-nowrap" },
    cell: ({ row: { original } }) => (
      <>
        {original.points}
        {original.pinned === 0 ? null : (
          <span className="inline-flex items-center gap-1 ps-2 text-sm text-muted">
            <Pin aria-hidden className="size-3.5" />
            {t("{count} pinned", { count: original.pinned })}
          </span>
        )}
      </>
    ),
  }),
  column.accessor("newestAt", {
    header: () => t("Newest and oldest"),
    meta: { sort: "newest", card: "fact" },
    cell: ({ row: { original } }) => (
      <>
        {original.newestAt === null ? t("none") : <Time at={original.newestAt} short />}
        {original.oldestAt === null || original.points < 2 ? null : (
          <span className={small}>
            <Time at={original.oldestAt} short isAbsoluteOnly />
          </span>
        )}
      </>
    ),
  }),
  column.accessor("storedBytes", {
    header: () => t("Stored"),
    meta: { sort: "stored", card: "fact", align: "end", className: "whitespace-nowrap" },
    cell: ({ row: { original } }) => (
      <span title={formatExactBytes(original.storedBytes)}>
        {formatBytes(original.storedBytes)}
        <span className={small}>{t("guest {size}", { size: formatBytes(original.guestBytes) })}</span>
      </span>
    ),
  }),
  column.accessor("datastoreName", {
    header: () => t("Datastore and job"),
    meta: { sort: "datastore", card: "fact", isInteractive: true },
    cell: ({ row: { original } }) => (
      <>
        <Link
          className="block min-h-6 text-primary wrap-anywhere hover:underline"
          href={`/datastores/${original.datastoreId}`}
        >
          {original.datastoreName}
        </Link>
        {original.jobId === null ? null : original.jobName === null ? (
          <span className={small}>{t("a job you may not see")}</span>
        ) : (
          <Link
            className="block min-h-6 text-sm text-primary wrap-anywhere hover:underline"
            href={`/jobs/${original.jobId}`}
          >
            {original.jobName}
          </Link>
        )}
      </>
    ),
  }),
  column.accessor("ownerName", {
    header: () => t("Owner"),
    meta: { sort: "owner", card: "hidden", className: "max-w-36 truncate" },
    cell: ({ row: { original } }) => (
      <>
        {original.ownerName}
        <span className={small}>{original.groupName}</span>
      </>
    ),
  }),
  column.accessor("verifiedAt", {
    header: () => t("Verified"),
    meta: { sort: "verified", card: "fact" },
    cell: ({ row }) => <Verified row={row.original} />,
  }),
  column.display({
    id: "actions",
    header: () => (
      <span className="relative">
        <span className="sr-only">{t("Actions")}</span>
      </span>
    ),
    meta: { card: "corner", isInteractive: true, align: "end" },
    cell: ({ row }) => <RowMenu row={row.original} />,
  }),
]);

function Verified({ row }: { row: CatalogueRow }) {
  const when =
    row.verifiedAt === null ? null : (
      <span className={small}>
        <Time at={row.verifiedAt} short />
      </span>
    );
  if (row.damaged > 0) {
    return (
      <>
        <Badge tone="danger">{t("{count} damaged", { count: row.damaged })}</Badge>
        {when}
      </>
    );
  }
  if (row.verifiedAt === null) return <span className="text-muted">{t("Never")}</span>;
  return (
    <>
      {row.verified === row.points
        ? t("All points")
        : t("{verified} of {points}", { verified: row.verified, points: row.points })}
      {when}
    </>
  );
}
