import { columnsOf, type DataColumns } from "@/components/data-table/columns";
import { formatBytes } from "@/components/lib/format";
import { ProtectionBadge, VmStateBadge } from "@/components/state-badge";
import { Time } from "@/components/ui/time";
import type { VmRow } from "@/server/domain/vm";
import { ChainGlyph } from "./chain-glyph";
import { RunStrip } from "./run-strip";

const column = columnsOf<VmRow>();

/** Columns of the inventory. Sort ids are those the list procedure knows. */
export const VM_COLUMNS: DataColumns<VmRow> = [
  column.accessor("name", {
    header: "Name",
    meta: { sort: "name", isName: true, className: "min-w-36" },
    cell: ({ row }) => (
      <>
        {row.original.name} <span className="font-normal text-muted">{row.original.id}</span>
      </>
    ),
  }),
  column.accessor("protection", {
    header: "Protection",
    meta: { sort: "protection", card: "corner" },
    cell: ({ row }) => <ProtectionBadge protection={row.original.protection} />,
  }),
  column.accessor("state", {
    header: "State",
    meta: { card: "hidden" },
    cell: ({ row }) => <VmStateBadge state={row.original.state} />,
  }),
  column.accessor("hostName", { header: "Host", meta: { card: "hidden" }, cell: ({ row }) => row.original.hostName }),
  column.accessor("newestPointAt", {
    header: "Newest point",
    meta: { sort: "newestPointAt", card: "fact" },
    cell: ({ row }) =>
      row.original.newestPointAt === null ? (
        <span className="text-muted">None</span>
      ) : (
        <Time at={row.original.newestPointAt} short />
      ),
  }),
  column.accessor("chainLength", {
    header: "Open chain",
    meta: { card: "fact", className: "whitespace-nowrap" },
    cell: ({ row }) => <ChainGlyph length={row.original.chainLength} />,
  }),
  column.accessor("storedBytes", {
    header: "Stored",
    meta: { sort: "storedBytes", align: "end", card: "hidden", className: "whitespace-nowrap" },
    cell: ({ row }) => formatBytes(row.original.storedBytes),
  }),
  column.accessor("lastRuns", {
    header: "Last runs",
    // A width that does not follow its content: a long error is cut, not the table widened.
    meta: { card: "fact", className: "w-1/5 max-w-0" },
    cell: ({ row }) => <LastRuns row={row.original} />,
  }),
];

function LastRuns({ row }: { row: VmRow }) {
  return (
    <span className="flex max-w-64 flex-col">
      <RunStrip runs={row.lastRuns} />
      {row.lastError !== null && (
        <span className="truncate text-sm text-danger" title={row.lastError}>
          {row.lastError}
        </span>
      )}
    </span>
  );
}
