import { columnsOf, type DataColumns } from "@/components/data-table/columns";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { formatDuration } from "@/components/lib/format";
import { Time } from "@/components/ui/time";
import type { JobRow } from "@/server/domain/job/job";
import { JobActions } from "./job-actions";
import { JobBadges } from "./job-badges";
import { ListsBar } from "./lists-bar";

const column = columnsOf<JobRow>();

/** Columns of the job list. Sort ids are those the list procedure knows. */
export const JOB_COLUMNS: DataColumns<JobRow> = [
  column.accessor("name", {
    header: () => t("Name"),
    meta: { sort: "name", isName: true, className: "min-w-32" },
    cell: ({ row }) => (
      <>
        {row.original.name} <span className="font-normal text-muted">{row.original.id}</span>
      </>
    ),
  }),
  column.display({
    id: "state",
    header: () => t("State"),
    meta: { card: "corner" },
    cell: ({ row }) => <JobBadges job={row.original} />,
  }),
  column.accessor("counts", {
    header: () => t("VMs"),
    meta: { card: "fact" },
    cell: ({ row }) => <Members job={row.original} />,
  }),
  column.accessor("nextRunAt", {
    header: () => t("Next run"),
    meta: { card: "fact" },
    cell: ({ row }) => <When at={row.original.nextRunAt} none={t("Not scheduled")} />,
  }),
  column.accessor("lastBackupAt", {
    header: () => t("Last run"),
    meta: { sort: "lastBackupAt", card: "fact" },
    cell: ({ row }) => (
      <>
        <When at={row.original.lastBackupAt} none={t("Never")} />
        {row.original.lastBackupDuration > 0 ? (
          <span className="block text-sm text-muted">
            {t("took {lastBackupDuration}", {
              lastBackupDuration: formatDuration(row.original.lastBackupDuration * 1000),
            })}
          </span>
        ) : null}
      </>
    ),
  }),
  column.accessor("datastoreName", {
    header: () => t("To"),
    meta: { card: "hidden" },
    cell: ({ row }) => (
      <>
        {row.original.datastoreName ?? <span className="text-danger">{t("No datastore")}</span>}
        <span className="block text-sm text-muted">{row.original.mode === "FULL" ? t("Full") : t("Increments")}</span>
      </>
    ),
  }),
  column.accessor("priority", {
    header: () => t("Priority"),
    meta: { sort: "priority", align: "end", card: "hidden" },
    cell: ({ row }) => row.original.priority,
  }),
  column.display({
    id: "actions",
    header: () => t("Actions"),
    meta: { isInteractive: true, card: "fact" },
    cell: ({ row }) => <JobActions job={row.original} isCompact />,
  }),
];

function Members({ job }: { job: JobRow }) {
  return (
    <span className="block max-w-64">
      <ListsBar counts={job.counts} vmCount={job.vmCount} />
      {job.error === null || job.error === "" ? null : (
        <span className="block truncate text-sm text-danger" title={job.error}>
          {said(job.error)}
        </span>
      )}
    </span>
  );
}

function When({ at, none }: { at: number | null; none: string }) {
  return at === null ? <span className="text-muted">{none}</span> : <Time at={at} short />;
}
