"use client";

import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { TokenRow } from "@/server/domain/access-token";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { rich, t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Time } from "../ui/time";
import { CreateTokenDialog } from "./create-token-dialog";
import { RevokeTokenDialog } from "./revoke-token-dialog";

const column = columnsOf<TokenRow>();

const USES: Readonly<Record<TokenRow["kind"], string>> = { login: "/RPC2, command line", api: "/api/v1" };

function columnsFor(onRevoke: (token: TokenRow) => void) {
  return column.columns([
    column.accessor("name", {
      header: t("Token"),
      cell: ({ row }) => (
        <>
          {row.original.name} <code className="font-normal text-muted text-xs">{row.original.start}…</code>
        </>
      ),
      meta: { isName: true, className: "min-w-40" },
    }),
    column.accessor("kind", {
      header: t("For"),
      cell: ({ row }) => USES[row.original.kind],
      meta: { card: "fact" },
    }),
    column.accessor("scope", {
      header: t("May"),
      cell: ({ row }) => (
        <>
          <Badge tone="neutral">{row.original.scope}</Badge>
          {row.original.groupName === null ? null : (
            <span className="text-muted"> {t("of {groupName}", { groupName: row.original.groupName })}</span>
          )}
        </>
      ),
      meta: { card: "fact" },
    }),
    column.accessor("lastUsedAt", {
      header: t("Last used"),
      cell: ({ row }) => (row.original.lastUsedAt === null ? t("Never") : <Time at={row.original.lastUsedAt} short />),
      meta: { card: "fact" },
    }),
    column.accessor("expiresAt", {
      header: t("Ends"),
      cell: ({ row }) => (row.original.expiresAt === null ? t("Never") : <Time at={row.original.expiresAt} short />),
      meta: { card: "fact" },
    }),
    column.display({
      id: "actions",
      header: () => <span className="sr-only">{t("Actions")}</span>,
      cell: ({ row }) => (
        <Button
          size="sm"
          aria-label={t("Revoke {name}", { name: row.original.name })}
          onClick={() => onRevoke(row.original)}
        >
          {t("Revoke")}
        </Button>
      ),
      meta: { isInteractive: true, align: "end", card: "corner" },
    }),
  ]);
}

/** One's own tokens: made, looked at, revoked. The secret of one is shown once, when it is made. */
export function TokensCard() {
  const trpc = useTRPC();
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<TokenRow | null>(null);
  const query = useQuery(trpc.token.list.queryOptions(undefined, { select: (rows) => ({ rows, total: rows.length }) }));
  const add = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden /> {t("New token")}
    </Button>
  );
  return (
    <section aria-labelledby="tokens" className="space-y-3">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="min-w-0">
          <h2 id="tokens" className="font-semibold text-lg">
            {t("Tokens")}
          </h2>
          <p className="text-muted text-sm">
            {rich(
              "For programs, in place of your password: with an end, and revoked one by one. <link>How to use the API</link>",
              {
                link: (content) => (
                  <Link href="/help/api" className="text-primary underline underline-offset-2">
                    {content}
                  </Link>
                ),
              },
            )}
          </p>
        </div>
        {query.data?.total === 0 ? null : add}
      </div>
      <DataTable
        caption={t("Tokens")}
        columns={columnsFor(setRevoked)}
        query={query}
        rowKey={(row) => String(row.id)}
        empty={
          <EmptyState icon={KeyRound} title={t("No token yet")} actions={add}>
            {t("A token lets a script or a tool act as you, without your password and with an end.")}
          </EmptyState>
        }
      />
      {isCreating ? <CreateTokenDialog onClose={() => setCreating(false)} /> : null}
      {revoked === null ? null : <RevokeTokenDialog token={revoked} onClose={() => setRevoked(null)} />}
    </section>
  );
}
