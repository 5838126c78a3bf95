"use client";

import Link from "next/link";
import type { ReactNode, Ref } from "react";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { formatBytes, formatDuration, formatExactBytes } from "@/components/lib/format";
import { PointPin } from "@/components/retention/point-pin";
import { VerificationBadge } from "@/components/state-badge";
import { Button } from "@/components/ui/button";
import { Time } from "@/components/ui/time";
import { PointChecks } from "@/components/verification/point-checks";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { CompareButton } from "./compare-button";
import { CopyButton } from "./copy-button";
import { pointName } from "./point-label";
import type { Comparing } from "./use-compare-param";

interface PointCardProps {
  ref: Ref<HTMLDivElement>;
  found: { chain: Chain; point: RestorePoint; position: number } | null;
  /** Why this point is shown when it is not the selected one. */
  note: string | null;
  restoreLabel: string;
  onRestore: ((point: RestorePoint) => void) | undefined;
  /** Onto the VM's own disks; the wizard says when that is not possible. */
  onRestoreInPlace: ((point: RestorePoint) => void) | undefined;
  comparing: Comparing | undefined;
  /** Escape: back to the timeline. */
  onLeave: () => void;
}

/** All that is known of one point, and its restore. Enter on a point brings the focus here, Escape takes it back. */
export function PointCard({ ref, found, onLeave, ...rest }: PointCardProps) {
  return (
    <section
      ref={ref}
      tabIndex={-1}
      aria-label={t("Details of the point")}
      data-testid="point-card"
      className="min-h-40 rounded-card border bg-surface p-4"
      onKeyDown={(event) => {
        if (event.key === "Escape") onLeave();
      }}
    >
      {found === null ? (
        <p className="text-muted">{t("Choose a point above to see what it holds and what restoring it costs.")}</p>
      ) : (
        <PointDetails {...found} {...rest} />
      )}
    </section>
  );
}

type PointDetailsProps = Omit<PointCardProps, "ref" | "found" | "onLeave"> & NonNullable<PointCardProps["found"]>;

function PointDetails({ chain, point, position, note, ...actions }: PointDetailsProps) {
  const { restoreLabel, onRestore, onRestoreInPlace, comparing } = actions;
  const brokenReason =
    point.broken === null ? null : t("This point cannot be restored: {broken}", { broken: said(point.broken) });
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="font-semibold text-md [&_time_span]:whitespace-normal">
            <Time at={point.at} />
          </h3>
          <p className="text-sm text-muted">
            {t(
              "{pointName}{isChain, select, yes {, position {position} of {pointsCount}} other {}}{hasNote, select, yes { · {note}} other {}}",
              {
                pointName: pointName(point, chain),
                isChain: chain.isChain ? "yes" : "no",
                position: position + 1,
                pointsCount: chain.points.length,
                hasNote: note !== null ? "yes" : "no",
                note,
              },
            )}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {comparing !== undefined && <CompareButton chain={chain} point={point} comparing={comparing} />}
          {onRestoreInPlace !== undefined && (
            <Button
              disabledReason={brokenReason}
              onClick={() => onRestoreInPlace(point)}
              data-testid="point-restore-in-place"
            >
              {t("In place")}
            </Button>
          )}
          {onRestore !== undefined && (
            <Button
              variant="primary"
              disabledReason={brokenReason}
              onClick={() => onRestore(point)}
              data-testid="point-restore"
            >
              {restoreLabel}
            </Button>
          )}
        </div>
      </div>
      {point.broken !== null && (
        <p className="mt-2 text-danger">{t("✗ Cannot be restored: {broken}", { broken: said(point.broken) })}</p>
      )}
      <dl className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-6 gap-y-2 text-sm">
        <Fact term={t("Increment")}>{chain.isChain ? point.incrementId : t("none (full backup)")}</Fact>
        <Fact term={t("Type")}>{point.type === "FULL" ? t("Full") : t("Increment")}</Fact>
        <Fact term={t("Parent")}>
          {point.parentId < 0 ? t("none") : t("increment {parentId}", { parentId: point.parentId })}
        </Fact>
        <Fact term={t("Verification")}>
          <VerificationBadge verification={point.verification} />
        </Fact>
        <Fact term={t("Disks")}>{point.diskIds.join(", ")}</Fact>
        {point.frozenMs !== null && (
          <Fact term={t("Guest stood still")}>{t("{frozenMs} ms", { frozenMs: point.frozenMs })}</Fact>
        )}
        <Fact term={t("Stored")}>
          <Bytes value={point.storedBytes} />
        </Fact>
        <Fact term={t("Guest size")}>
          <Bytes value={point.guestBytes} />
        </Fact>
        <Fact term={t("Restore reads")}>
          <Bytes value={point.restoreBytes} />
        </Fact>
        {point.bootCheck?.restoreSeconds != null && (
          <Fact term={t("Restored in")}>
            {t("{restoreSeconds} (boot check)", {
              restoreSeconds: formatDuration(1000 * point.bootCheck.restoreSeconds),
            })}
          </Fact>
        )}
        <Fact term={t("Made by")}>
          {point.actionId === null ? (
            t("unknown")
          ) : (
            <Link className="text-primary underline" href={`/activity/${point.actionId}`}>
              {t("run {actionId}", { actionId: point.actionId })}
            </Link>
          )}
        </Fact>
        <Fact term={t("Source")}>
          <span className="flex min-w-0 items-center gap-1">
            <code className="truncate" title={point.source}>
              {point.source}
            </code>
            <CopyButton text={point.source} label={t("Copy source")} />
          </span>
        </Fact>
      </dl>
      <PointPin chain={chain} point={point} />
      <PointChecks chain={chain} point={point} />
    </>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </div>
  );
}

function Bytes({ value }: { value: number }) {
  return <span title={formatExactBytes(value)}>{formatBytes(value)}</span>;
}
