"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleOff, ShieldCheck, UserPlus } from "lucide-react";
import { useState } from "react";
import type { UserRow } from "@/server/domain/user";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Time } from "../ui/time";
import { CreateUserDialog } from "./create-user-dialog";
import { UserActions } from "./user-actions";

const column = columnsOf<UserRow>();

const COLUMNS = column.columns([
  column.accessor("name", {
    header: () => t("User"),
    cell: ({ row }) => (
      <>
        {row.original.name} <span className="font-normal text-muted">#{row.original.id}</span>
      </>
    ),
    meta: { isName: true, className: "min-w-40" },
  }),
  column.accessor("enabled", {
    header: () => t("State"),
    cell: ({ row }) => (
      <span className="flex flex-wrap gap-1">
        {row.original.enabled ? (
          <Badge tone="success" icon={CircleCheck}>
            {t("Enabled")}
          </Badge>
        ) : (
          <Badge tone="neutral" icon={CircleOff}>
            {t("Disabled")}
          </Badge>
        )}
        {row.original.isAdmin ? (
          <Badge tone="primary" icon={ShieldCheck}>
            {t("Administrator")}
          </Badge>
        ) : null}
      </span>
    ),
    meta: { card: "fact" },
  }),
  column.accessor((row) => row.groups.map((group) => group.name).join(", "), {
    id: "groups",
    header: () => t("Groups, primary first"),
    meta: { card: "fact", className: "min-w-40 wrap-anywhere" },
  }),
  column.accessor("owned", {
    header: () => t("Owns"),
    meta: { align: "end", card: "fact" },
  }),
  column.accessor("createdAt", {
    header: () => t("Since"),
    cell: ({ getValue }) => <Time at={getValue()} short isAbsoluteOnly />,
    meta: { card: "hidden" },
  }),
  column.display({
    id: "actions",
    header: () => <span className="sr-only">{t("Actions")}</span>,
    cell: ({ row }) => <UserActions user={row.original} />,
    meta: { isInteractive: true, align: "end", card: "corner" },
  }),
]);

/** Everybody who may sign in. */
export function UsersTab() {
  const trpc = useTRPC();
  const [isCreating, setIsCreating] = useState(false);
  const reason = useAdminReason(t("create users"));
  const query = useQuery(trpc.user.list.queryOptions(undefined, { select: (rows) => ({ rows, total: rows.length }) }));
  return (
    <>
      <div className="mb-3 flex justify-end">
        <Button variant="primary" disabledReason={reason} onClick={() => setIsCreating(true)}>
          <UserPlus aria-hidden /> {t("Add user")}
        </Button>
      </div>
      <DataTable caption={t("Users")} columns={COLUMNS} query={query} rowKey={(row) => String(row.id)} empty={null} />
      {isCreating ? <CreateUserDialog onClose={() => setIsCreating(false)} /> : null}
    </>
  );
}
