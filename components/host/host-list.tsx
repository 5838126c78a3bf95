"use client";

import { useQuery } from "@tanstack/react-query";
import { Cpu, Plus } from "lucide-react";
import Link from "next/link";
import type { HostRow } from "@/server/domain/host";
import { useAdminReason } from "../hooks/use-admin-reason";
import { rich, t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { HostHealthBadge } from "../state-badge";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { accelerationText, vmCountText } from "./host-words";

/** All machines that run VMs. */
export function HostList() {
  const trpc = useTRPC();
  const { data, error, isPending, refetch } = useQuery(trpc.host.list.queryOptions());
  return (
    <>
      <PageHeader
        title={t("Hosts")}
        summary={data === undefined || data.length === 0 ? undefined : summaryOf(data)}
        actions={<AddHost />}
      />
      {error === null ? null : <ErrorState error={error} what={t("the hosts")} onRetry={() => void refetch()} />}
      {isPending ? (
        <div role="status" className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          <span className="sr-only">{t("Loading")}</span>
          <Skeleton className="h-36 rounded-card" />
          <Skeleton className="h-36 rounded-card" />
        </div>
      ) : null}
      {data?.length === 0 ? (
        <Card>
          <EmptyState icon={Cpu} title={t("No host yet")} actions={<AddHost />}>
            {t("A host is a machine with libvirt whose VMs are protected from here.")}
          </EmptyState>
        </Card>
      ) : null}
      {data === undefined || data.length === 0 ? null : (
        <ul aria-label={t("Hosts")} className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          {data.map((host) => (
            <HostCard key={host.id} host={host} />
          ))}
        </ul>
      )}
    </>
  );
}

function HostCard({ host }: { host: HostRow }) {
  return (
    <li className="card relative rounded-card border border-line bg-surface p-4 hover:border-control">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-md font-semibold">
            <Link
              href={`/hosts/${host.id}`}
              className="wrap-anywhere text-primary after:absolute after:inset-0 after:rounded-card hover:underline focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-ring"
            >
              {host.name}
            </Link>
          </h2>
          <p className="text-sm text-muted">{host.isLocal ? t("This machine") : t("Over SSH")}</p>
        </div>
        <HostHealthBadge health={host.health} />
      </div>
      {host.error === null ? null : <p className="mt-2 line-clamp-3 wrap-anywhere text-danger">{host.error}</p>}
      <p className="mt-3">{vmCountText(host)}</p>
      <p className="text-sm text-muted">
        {t("Guests run with: {accelerationText}", { accelerationText: accelerationText(host) })}
      </p>
      <p className="mt-1 text-sm text-muted">
        {host.polledAt === null ? (
          t("Never asked.")
        ) : (
          <>{rich("Asked {polledAt}", { polledAt: <Time at={host.polledAt} short /> })}</>
        )}
      </p>
    </li>
  );
}

function AddHost() {
  const reason = useAdminReason(t("add hosts"));
  if (reason !== null) {
    return (
      <Button variant="primary" disabledReason={reason}>
        <Plus aria-hidden /> {t("Add host")}
      </Button>
    );
  }
  return (
    <ButtonLink href="/hosts/new" variant="primary">
      <Plus aria-hidden /> {t("Add host")}
    </ButtonLink>
  );
}

function summaryOf(rows: readonly HostRow[]): string {
  const away = rows.filter((row) => row.health === "unreachable" && row.vmCount > 0).length;
  const hosts = t("{rowsCount, plural, one {One host} other {{rowsCount} hosts}}", { rowsCount: rows.length });
  if (away === 0) return t("{hosts}; all that have VMs answer.", { hosts });
  return t("{hosts}; {away, plural, one {one with VMs does} other {{away} with VMs do}} not answer.", { hosts, away });
}
