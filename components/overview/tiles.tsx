"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import type { OverviewView } from "@/server/domain/overview";
import { TESTED_DAYS, VERIFIED_DAYS } from "@/server/domain/protection-facts";
import { capacityOf } from "../datastore/capacity";
import { t } from "../i18n/t";
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
        title={t("Protection")}
        value={t("{protected} of {total}", {
          protected: formatCount(view.vms.protected),
          total: formatCount(view.vms.total),
        })}
        unit={t("VMs protected")}
      >
        <ProtectionBar vms={view.vms} />
      </Tile>
      <Tile
        title={t("Last 24 hours")}
        value={formatCount(last24h.done)}
        unit={t("{done, plural, one {run done} other {runs done}}", { done: last24h.done })}
      >
        <p className="flex flex-wrap gap-x-4 gap-y-1">
          <TileLink href="/activity?state=FAILED">{t("{failed} failed", { failed: last24h.failed })}</TileLink>
          <TileLink href="/activity?state=CANCELLED">
            {t("{cancelled} cancelled", { cancelled: last24h.cancelled })}
          </TileLink>
          <TileLink href="/activity">{t("Show all")}</TileLink>
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
      title={t("Data safety")}
      value={
        data === undefined
          ? "…"
          : t("{verified} of {vms}", { verified: formatCount(data.verified), vms: formatCount(data.vms) })
      }
      unit={t("VMs verified in {verifiedDays} days", { verifiedDays: VERIFIED_DAYS })}
    >
      <p>
        {data === undefined
          ? null
          : t("{tested} restored or booted in {testedDays} days. ", {
              tested: formatCount(data.tested),
              testedDays: TESTED_DAYS,
            })}
        {t(
          "{points} {points2, plural, one {point} other {points}}, {storedBytes} stored, {checksummedPoints} with checksums.",
          {
            points: formatCount(view.points),
            points2: view.points,
            storedBytes: formatBytes(view.storedBytes),
            checksummedPoints: formatCount(view.checksummedPoints),
          },
        )}{" "}
        <TileLink href="/reports/evidence">{t("Show evidence")}</TileLink>
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
      title={t("Fullest datastore")}
      value={capacity === null ? t("None") : `${capacity.percent} %`}
      unit={capacity === null ? t("measured yet") : t("used")}
    >
      {fullest === undefined || capacity === null ? (
        <TileLink href="/datastores">{t("Show datastores")}</TileLink>
      ) : (
        <>
          <CapacityBar
            label={t("Use of {name}", { name: fullest.name })}
            {...capacity}
            text={t("{freeMb} free of {totalMb}", {
              freeMb: formatMb(fullest.freeMb),
              totalMb: formatMb(fullest.totalMb),
            })}
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
