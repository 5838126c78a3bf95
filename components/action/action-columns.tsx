"use client";

import type { ActionRow } from "@/server/domain/action";
import { columnsOf } from "../data-table/columns";
import { useNow } from "../hooks/use-now";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { formatBytes, formatDuration } from "../lib/format";
import { ActionStateBadge } from "../state-badge";
import { Time } from "../ui/time";
import { ActionProgress } from "./action-progress";
import { actionTitle } from "./action-title";
import { CancelAction } from "./cancel-action";

const column = columnsOf<ActionRow>();

/** Columns of the list of runs. */
export const actionColumns = column.columns([
  column.accessor((row) => actionTitle(row), {
    id: "run",
    header: () => t("Run"),
    cell: ({ row }) => (
      <>
        {actionTitle(row.original)} <span className="font-normal text-muted">#{row.original.id}</span>
      </>
    ),
    meta: { isName: true, className: "min-w-40" },
  }),
  column.accessor("state", {
    header: () => t("State"),
    cell: ({ row }) => <ActionStateBadge action={row.original} />,
    meta: { card: "corner" },
  }),
  column.display({
    id: "progress",
    header: () => t("Progress or reason"),
    cell: ({ row }) => <Outcome action={row.original} />,
    meta: { className: "min-w-52 max-w-96", card: "fact" },
  }),
  column.accessor("startedAt", {
    header: () => t("Started"),
    cell: ({ row }) => <Time at={row.original.startedAt ?? row.original.createdAt} short />,
    meta: { card: "fact" },
  }),
  column.display({
    id: "duration",
    header: () => t("Duration"),
    cell: ({ row }) => <Duration action={row.original} />,
    meta: { align: "end", className: "whitespace-nowrap" },
  }),
  column.accessor("bytes", {
    header: () => t("Size"),
    cell: ({ getValue }) => {
      const bytes = getValue();
      return bytes === null ? "–" : formatBytes(bytes);
    },
    meta: { align: "end", className: "whitespace-nowrap" },
  }),
  column.accessor("actorName", {
    header: () => t("Asked by"),
  }),
  column.display({
    id: "actions",
    header: () => <span className="sr-only">{t("Actions")}</span>,
    cell: ({ row }) => <CancelAction action={row.original} size="sm" />,
    meta: { isInteractive: true, align: "end", card: "fact" },
  }),
]);

function Outcome({ action }: { action: ActionRow }) {
  if (action.state === "FAILED")
    return <span className="line-clamp-2 text-danger">{said(action.error ?? t("No reason given"))}</span>;
  const [warning] = action.warnings;
  if (action.state === "DONE" && warning !== undefined) return <span className="line-clamp-2">{warning}</span>;
  return <ActionProgress action={action} />;
}

/** How long it took, or how long it has been running. */
export function Duration({ action }: { action: Pick<ActionRow, "startedAt" | "endedAt"> }) {
  const now = useNow();
  if (action.startedAt === null) return <span className="text-muted">{t("not started")}</span>;
  const end = action.endedAt ?? now;
  return end === 0 ? null : formatDuration(end - action.startedAt);
}
