"use client";

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { rich, t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { formatBytes, formatExactBytes } from "@/components/lib/format";
import { TemplateDiff } from "@/components/restore/template-diff";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Switch } from "@/components/ui/switch";
import { Table, Td, Th } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { Chain } from "@/server/domain/backup";
import type { DiskChanges, PointChanges, PointPair } from "@/server/domain/point-changes";
import { changedRanges } from "./changed-ranges";
import { HeatStrip } from "./heat-strip";
import { findPoint } from "./point-ref";
import type { Comparing } from "./use-compare-param";

/** What is marked for comparison, and what changed between two marked points. */
export function ComparePanel({ chains, comparing }: { chains: readonly Chain[]; comparing: Comparing }) {
  const { state, end } = comparing;
  if (state === null) return null;
  const { imageId, a, b } = state;
  return (
    <section
      aria-label={t("Comparison")}
      data-testid="compare"
      className="card space-y-3 rounded-card border border-line bg-surface p-4"
    >
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="text-md font-semibold">
            {b === null
              ? t("Compare with which point?")
              : t("What changed from increment {a} to increment {b}", { a, b })}
          </h3>
          <p className="text-sm text-muted">
            <PointTime letter="A" chains={chains} imageId={imageId} incrementId={a} />
            {b === null ? null : <PointTime letter="B" chains={chains} imageId={imageId} incrementId={b} />}
          </p>
        </div>
        <Button size="sm" onClick={end} data-testid="compare-end">
          <X aria-hidden /> {t("End comparison")}
        </Button>
      </div>
      {b === null ? (
        <p>
          {t("Choose another point of chain {imageId} and press C, or “Compare with increment {a}” on its card.", {
            imageId,
            a,
          })}
        </p>
      ) : (
        <Comparison pair={{ imageId, from: a, to: b }} />
      )}
    </section>
  );
}

function PointTime({
  letter,
  chains,
  imageId,
  incrementId,
}: {
  letter: string;
  chains: readonly Chain[];
  imageId: number;
  incrementId: number;
}) {
  const found = findPoint(chains, { imageId, incrementId });
  return (
    <span className="me-4 inline-block">
      {rich("{letter} increment {incrementId} of chain {imageId}", { letter: <b>{letter}</b>, incrementId, imageId })}
      {found === null ? (
        t(", which is not there (any more)")
      ) : (
        <>
          , <Time at={found.point.at} short />
        </>
      )}
    </span>
  );
}

function Comparison({ pair }: { pair: PointPair }) {
  const trpc = useTRPC();
  // Stored points do not change, so an answer stays true.
  const changes = useQuery(
    trpc.backup.compare.queryOptions(pair, { staleTime: Number.POSITIVE_INFINITY, retry: false }),
  );
  if (changes.isError) {
    return (
      <ErrorState
        error={changes.error}
        what={t("what changed between the points")}
        onRetry={() => void changes.refetch()}
      />
    );
  }
  if (changes.data === undefined) {
    return (
      <div role="status">
        <p className="mb-2 text-muted">{t("The tables of the stored increments are being read.")}</p>
        <Skeleton className="h-16 w-full" />
      </div>
    );
  }
  return <Changes changes={changes.data} />;
}

function Changes({ changes: { disks, increments, settings } }: { changes: PointChanges }) {
  const [isTable, setIsTable] = useState(false);
  const total = disks.reduce((sum, disk) => sum + disk.bytes, 0);
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p role="status" data-testid="compare-total">
          {t(
            "{noTotal, select, yes {Nothing was written} other {{total} changed}} on {disksCount, plural, one {the disk} other {{disksCount} disks}}, in {increments, plural, one {one increment} other {{increments} increments}}.",
            { noTotal: total === 0 ? "yes" : "no", total: formatBytes(total), disksCount: disks.length, increments },
          )}
        </p>
        <Switch checked={isTable} onCheckedChange={setIsTable} label={t("As a table")} />
      </div>
      {disks.map((disk) => (
        <DiskPart key={disk.id} disk={disk}>
          {isTable ? <RangeTable disk={disk} /> : <HeatStrip disk={disk} />}
        </DiskPart>
      ))}
      <p className="text-sm text-muted">
        {t(
          "Counted is what was written in between, in blocks of 64 KiB, each once; also where the same content was written again.",
        )}
      </p>
      <Settings settings={settings} />
    </div>
  );
}

function DiskPart({ disk, children }: { disk: DiskChanges; children: ReactNode }) {
  const percent = disk.virtualSize === 0 ? 0 : (100 * disk.bytes) / disk.virtualSize;
  return (
    <div data-testid={`compare-disk-${disk.id}`}>
      <h4 className="mb-1 text-sm font-semibold">
        {rich("Disk {id}: <part>{bytes} of {virtualSize} ({percent} %)</part>", {
          id: disk.id,
          bytes: formatBytes(disk.bytes),
          virtualSize: formatBytes(disk.virtualSize),
          percent: percent.toFixed(1),
          part: (content) => (
            <span className="font-normal" title={formatExactBytes(disk.bytes)}>
              {content}
            </span>
          ),
        })}
      </h4>
      {children}
    </div>
  );
}

function RangeTable({ disk }: { disk: DiskChanges }) {
  const ranges = changedRanges(disk);
  if (ranges.length === 0) return <p className="text-muted">{t("Nothing was written on this disk.")}</p>;
  return (
    <Table caption={t("Where disk {id} changed", { id: disk.id })} className="text-sm">
      <thead>
        <tr>
          <Th>{t("From")}</Th>
          <Th>{t("To")}</Th>
          <Th className="text-end">{t("Changed")}</Th>
        </tr>
      </thead>
      <tbody>
        {ranges.map((range) => (
          <tr key={range.from}>
            <Td>{formatBytes(range.from)}</Td>
            <Td>{formatBytes(range.to)}</Td>
            <Td className="text-end tabular-nums">{formatBytes(range.bytes)}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Settings({ settings }: { settings: PointChanges["settings"] }) {
  return (
    <div>
      <h4 className="mb-1 text-sm font-semibold">{t("Settings of the VM")}</h4>
      {settings === null ? (
        <p className="text-muted">{t("What is stored of them cannot be compared.")}</p>
      ) : settings.length === 0 ? (
        <p className="text-muted">{t("They are the same at both points.")}</p>
      ) : (
        <TemplateDiff diff={settings} />
      )}
    </div>
  );
}
