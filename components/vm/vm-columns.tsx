import Link from "next/link";
import { columnsOf, type DataColumns } from "@/components/data-table/columns";
import { useNow } from "@/components/hooks/use-now";
import { useZone } from "@/components/hooks/use-zone";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { formatBytes, formatDateTime, formatRelative } from "@/components/lib/format";
import { ProtectionBadge, VmStateBadge } from "@/components/state-badge";
import type { VmRow } from "@/server/domain/vm";
import { ChainGlyph } from "./chain-glyph";
import { RpoBullet } from "./rpo-bullet";
import { RunStrip } from "./run-strip";

const column = columnsOf<VmRow>();

/** Columns of the inventory. Sort ids are those the list procedure knows. */
export const VM_COLUMNS: DataColumns<VmRow> = [
  column.accessor("name", {
    header: () => t("Name"),
    meta: { sort: "name", isName: true, className: "min-w-28" },
    cell: ({ row }) => (
      <>
        {row.original.name} <span className="font-normal text-muted">{row.original.id}</span>
        {row.original.labels.length === 0 ? null : (
          <span
            className="block max-w-48 truncate text-sm font-normal text-muted"
            title={row.original.labels.join(", ")}
          >
            {row.original.labels.join(", ")}
          </span>
        )}
      </>
    ),
  }),
  column.accessor("protection", {
    header: () => t("Protection"),
    meta: { sort: "protection", card: "corner" },
    cell: ({ row }) => (
      <span className="flex flex-col items-start gap-0.5">
        <ProtectionBadge protection={row.original.protection} />
        {row.original.excludedReason === null ? null : (
          <span className="max-w-40 truncate text-sm text-muted" title={row.original.excludedReason}>
            {row.original.excludedReason}
          </span>
        )}
      </span>
    ),
  }),
  column.accessor("state", {
    header: () => t("State"),
    meta: { card: "hidden" },
    cell: ({ row }) => (
      <span className="flex flex-col items-start gap-0.5">
        <VmStateBadge state={row.original.state} />
        <span className="text-sm text-muted">{row.original.hostName}</span>
      </span>
    ),
  }),
  column.accessor("jobName", {
    header: () => t("Job"),
    meta: { card: "fact", isInteractive: true, className: "whitespace-nowrap" },
    cell: ({ row }) => <JobCell row={row.original} />,
  }),
  column.accessor("newestPointAt", {
    header: () => t("Newest point"),
    meta: { sort: "newestPointAt", card: "fact" },
    cell: ({ row }) => <RpoBullet at={row.original.newestPointAt} rpoMinutes={row.original.target.rpoMinutes} />,
  }),
  column.accessor("chainLength", {
    header: () => t("Open chain"),
    meta: { card: "fact" },
    cell: ({ row }) => <ChainGlyph length={row.original.chainLength} />,
  }),
  column.accessor("storedBytes", {
    header: () => t("Stored"),
    meta: { sort: "storedBytes", align: "end", card: "hidden", className: "whitespace-nowrap" },
    cell: ({ row }) => formatBytes(row.original.storedBytes),
  }),
  column.accessor("lastRuns", {
    header: () => t("Last runs"),
    // A width that does not follow its content: a long error is cut, not the table widened.
    meta: { card: "fact", className: "w-1/5 min-w-32 max-w-0" },
    cell: ({ row }) => <LastRuns row={row.original} />,
  }),
];

/** The job, and when it runs next. */
function JobCell({ row }: { row: VmRow }) {
  return (
    <span className="flex flex-col items-start">
      {row.jobId === null ? (
        <span className="text-muted">{t("None")}</span>
      ) : row.jobName === null ? (
        <span className="text-muted">{t("One you may not see")}</span>
      ) : (
        <Link className="text-primary hover:underline" href={`/jobs/${row.jobId}`}>
          {row.jobName}
        </Link>
      )}
      {row.nextRunAt === null ? null : <NextRun at={row.nextRunAt} />}
    </span>
  );
}

function NextRun({ at }: { at: number }) {
  const now = useNow();
  const { zone } = useZone();
  return (
    <span className="text-sm text-muted" title={formatDateTime(at, zone)}>
      {t("next {at}", { at: now === 0 ? "" : formatRelative(at, now) })}
    </span>
  );
}

function LastRuns({ row }: { row: VmRow }) {
  return (
    <span className="flex max-w-64 flex-col">
      <RunStrip runs={row.lastRuns} />
      {row.lastError !== null && (
        <span className="truncate text-sm text-danger" title={row.lastError}>
          {said(row.lastError)}
        </span>
      )}
    </span>
  );
}
