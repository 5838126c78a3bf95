"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import type { DatastoreRow } from "@/server/domain/datastore";
import type { StoreFacts } from "@/server/domain/datastore-facts";
import { rich, t } from "../i18n/t";
import { formatBytes, formatCount, formatMb, formatRate } from "../lib/format";
import { HealthBadge } from "../state-badge";
import { Time } from "../ui/time";
import { DatastoreCapacity } from "./datastore-capacity";

/** One datastore: health, place, how full, what it holds, how old the figures are. */
export function DatastoreCard({ datastore, facts }: { datastore: DatastoreRow; facts: StoreFacts | null }) {
  return (
    <li className="card relative rounded-card border border-line bg-surface p-4 hover:border-control">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-md font-semibold">
            <Link
              href={`/datastores/${datastore.id}`}
              className="wrap-anywhere text-primary after:absolute after:inset-0 after:rounded-card hover:underline focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-ring"
            >
              {datastore.name}
            </Link>
          </h2>
          <p className="font-mono text-sm wrap-anywhere text-muted">{datastore.location}</p>
        </div>
        <HealthBadge health={facts?.state ?? datastore.health} />
      </div>
      {datastore.error === null ? null : <p className="mt-2 line-clamp-3 text-danger">{datastore.error}</p>}
      <div className="mt-3">
        <DatastoreCapacity datastore={datastore} />
      </div>
      <dl className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-1 text-sm">
        <Fact label={t("Driver")} value={datastore.driver} />
        <Fact label={t("Chains")} value={formatCount(datastore.chainCount)} />
        <Fact label={t("Points")} value={formatCount(datastore.pointCount)} />
        <Fact label={t("Backups")} value={formatBytes(datastore.storedBytes)} />
        {facts === null ? null : <MoreFacts facts={facts} />}
      </dl>
      <p className="mt-2 text-sm text-muted">
        {datastore.monitoredAt === null ? (
          t("Never measured.")
        ) : (
          <>{rich("Measured {monitoredAt}", { monitoredAt: <Time at={datastore.monitoredAt} short /> })}</>
        )}
      </p>
    </li>
  );
}

/** Growth, speed and checks, as far as they are known. */
function MoreFacts({ facts: { vmCount, trend, speed, verifiedAt, isEncrypted } }: { facts: StoreFacts }) {
  const days = trend?.daysToFull ?? null;
  return (
    <>
      <Fact label={t("VMs")} value={formatCount(vmCount)} />
      <Fact
        label={t("Full in")}
        value={
          days === null
            ? t("not in sight")
            : t("{days, plural, one {# day} other {# days}}", { days: Math.max(0, Math.round(days)) })
        }
      />
      <Fact
        label={t("Growth")}
        value={trend === null ? t("not known yet") : t("{size} a day", { size: formatSigned(trend.mbPerDay) })}
      />
      <Fact label={t("Writes")} value={speed === null ? t("not known yet") : formatRate(speed.typical)} />
      <Fact label={t("Verified")} value={verifiedAt === null ? t("never") : <Time at={verifiedAt} short />} />
      <Fact label={t("Encrypted")} value={isEncrypted ? t("yes") : t("no")} />
    </>
  );
}

function formatSigned(mb: number): string {
  return mb < 0 ? `−${formatMb(-mb)}` : formatMb(mb);
}

function Fact({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-muted">{label}</dt>
      <dd className="font-medium">{value}</dd>
    </div>
  );
}
