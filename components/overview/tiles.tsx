"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import type { OverviewView } from "@/server/domain/overview";
import { TESTED_DAYS, VERIFIED_DAYS } from "@/server/domain/protection-facts";
import { capacityOf } from "../datastore/capacity";
import { formatBytes, formatCount, formatMb } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { CapacityBar } from "../ui/progress";
import { ProtectionBar } from "./protection-bar";

/** Four answers: protection, the last day, what is stored, how full. */
export function Tiles({ view }: { view: OverviewView }) {
  const { last24h } = view;
  return (
    <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
      <Tile
        title="Protection"
        value={`${formatCount(view.vms.protected)} of ${formatCount(view.vms.total)}`}
        unit="VMs protected"
      >
        <ProtectionBar vms={view.vms} />
      </Tile>
      <Tile
        title="Last 24 hours"
        value={formatCount(last24h.done)}
        unit={last24h.done === 1 ? "run done" : "runs done"}
      >
        <p className="flex flex-wrap gap-x-4 gap-y-1">
          <TileLink href="/activity?state=FAILED">{last24h.failed} failed</TileLink>
          <TileLink href="/activity?state=CANCELLED">{last24h.cancelled} cancelled</TileLink>
          <TileLink href="/activity">Show all</TileLink>
        </p>
      </Tile>
      <SafetyTile view={view} />
      <FullestTile datastoreId={view.fullestDatastore?.id ?? null} />
    </div>
  );
}

/** How far the points were proven, not only made. */
function SafetyTile({ view }: { view: OverviewView }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.system.protection.queryOptions());
  return (
    <Tile
      title="Data safety"
      value={data === undefined ? "…" : `${formatCount(data.verified)} of ${formatCount(data.vms)}`}
      unit={`VMs verified in ${VERIFIED_DAYS} days`}
    >
      <p>
        {data === undefined ? null : `${formatCount(data.tested)} restored or booted in ${TESTED_DAYS} days. `}
        {formatCount(view.points)} {view.points === 1 ? "point" : "points"}, {formatBytes(view.storedBytes)} stored,{" "}
        {formatCount(view.checksummedPoints)} with checksums.{" "}
        <TileLink href="/reports/evidence">Show evidence</TileLink>
      </p>
    </Tile>
  );
}

function FullestTile({ datastoreId }: { datastoreId: number | null }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  const fullest = data?.find((row) => row.id === datastoreId);
  const capacity = fullest === undefined ? null : capacityOf(fullest);
  return (
    <Tile
      title="Fullest datastore"
      value={capacity === null ? "None" : `${capacity.percent} %`}
      unit={capacity === null ? "measured yet" : "used"}
    >
      {fullest === undefined || capacity === null ? (
        <TileLink href="/datastores">Show datastores</TileLink>
      ) : (
        <>
          <CapacityBar
            label={`Use of ${fullest.name}`}
            {...capacity}
            text={`${formatMb(fullest.freeMb)} free of ${formatMb(fullest.totalMb)}`}
          />
          <TileLink href={`/datastores/${fullest.id}`}>{fullest.name}</TileLink>
        </>
      )}
    </Tile>
  );
}

function Tile({ title, value, unit, children }: { title: string; value: string; unit: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="card rounded-card border border-line bg-surface p-4">
      <h2 className="text-sm font-medium text-muted">{title}</h2>
      <p className="mt-1 mb-2 text-xl font-semibold">
        {value} <span className="text-base font-normal text-muted">{unit}</span>
      </p>
      {children}
    </section>
  );
}

function TileLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="text-primary underline underline-offset-2">
      {children}
    </Link>
  );
}
