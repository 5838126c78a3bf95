"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { KeepWhatIf } from "@/server/domain/keep-what-if";
import { useSettled } from "../hooks/use-settled";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { formatBytes, formatCount } from "../lib/format";
import { CapacityChart } from "../report/capacity-chart";
import { fullWords, growthWords } from "../report/capacity-words";
import { useTRPC } from "../trpc/client";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Skeleton } from "../ui/skeleton";
import { Table, Td, Th } from "../ui/table";
import { fullAfter } from "./full-after";

const MAX_KEEP = 1000;
const MIB = 1024 * 1024;
const DEFAULT_KEEP = 7;

/** Where the space leads, and where it would lead if the VMs here kept fewer points. Nothing is changed by asking. */
export function CapacityOutlook({ datastoreId }: { datastoreId: number }) {
  const trpc = useTRPC();
  const [typed, setTyped] = useState(String(DEFAULT_KEEP));
  const keepLast = useSettled(Number(typed), 300);
  const isNumber = Number.isInteger(keepLast) && keepLast >= 1 && keepLast <= MAX_KEEP;
  const capacity = useQuery(trpc.report.capacity.queryOptions());
  const whatIf = useQuery(
    trpc.datastore.whatIf.queryOptions(
      { datastoreId, keepLast: isNumber ? keepLast : DEFAULT_KEEP },
      { enabled: isNumber, placeholderData: keepPreviousData },
    ),
  );
  const store = capacity.data?.find((each) => each.id === datastoreId);
  const freedMb = whatIf.data === undefined ? 0 : whatIf.data.freesAtMost / MIB;
  const error = capacity.error ?? whatIf.error;
  return (
    <Card title={t("Where the space leads")} data-testid="capacity-outlook">
      {error === null ? null : <ErrorState error={error} what={t("the outlook")} />}
      {store === undefined ? (
        <Skeleton className="h-32 w-full" />
      ) : (
        <>
          <p className="mb-2">
            {store.trend === null ? null : `${growthWords(store.trend)}. `}
            {fullWords(store)}.
          </p>
          <CapacityChart store={store} freedMb={freedMb} />
        </>
      )}
      <Field
        className="mt-4 max-w-sm"
        label={t("What if each VM kept at most")}
        help={t("Points. GFS rules and pins count as ever; VMs that keep less stay as they are. Nothing is changed.")}
        error={isNumber ? undefined : t("Give a whole number from 1 to {most}.", { most: MAX_KEEP })}
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            min={1}
            max={MAX_KEEP}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      {whatIf.data === undefined || !isNumber ? null : (
        <div className="mt-3 space-y-3" aria-live="polite" aria-busy={whatIf.isFetching}>
          <Answer answer={whatIf.data} />
          {store === undefined || store.trend === null || freedMb === 0 ? null : (
            <p>
              {t("With that (the dotted line): {outlook}.", {
                outlook: fullWords({ days: store.days, trend: fullAfter(store, store.trend, freedMb) }),
              })}
            </p>
          )}
          <Named answer={whatIf.data} />
        </div>
      )}
    </Card>
  );
}

function Answer({ answer }: { answer: KeepWhatIf }) {
  const { vmCount, leftOut, keeps, pointsGone, freesAtMost } = answer;
  const [most] = keeps;
  return (
    <>
      {most === undefined ? (
        <p className="text-muted">{t("No VM that is still there has points here.")}</p>
      ) : (
        <p className="text-muted">
          {most.keepLast === 0
            ? t("Now {vms} of {vmCount} VMs keep everything.", { vms: most.vms, vmCount })
            : t("Now {vms} of {vmCount} VMs keep the last {keepLast}.", {
                vms: most.vms,
                vmCount,
                keepLast: most.keepLast,
              })}
          {leftOut === 0
            ? null
            : ` ${t("{leftOut} more VMs, which store less, were not looked at.", { leftOut: formatCount(leftOut) })}`}
        </p>
      )}
      <p className="font-medium">
        {pointsGone === 0
          ? t("Nothing more would go with their next backups.")
          : t(
              "With their next backups {points, plural, one {# point} other {# points}} of {vms, plural, one {# VM} other {# VMs}} would go, and {size} at most would be freed.",
              { points: pointsGone, vms: answer.vmsTouched, size: formatBytes(freesAtMost) },
            )}
      </p>
    </>
  );
}

function Named({ answer: { vms } }: { answer: KeepWhatIf }) {
  if (vms.length === 0) return null;
  return (
    <details>
      <summary className="cursor-pointer font-medium">{t("VMs that it frees the most of")}</summary>
      <Table caption={t("VMs that it frees the most of")}>
        <thead>
          <tr>
            <Th>{t("VM")}</Th>
            <Th className="text-end">{t("Keeps now")}</Th>
            <Th className="text-end">{t("Points that go")}</Th>
            <Th className="text-end">{t("Frees at most")}</Th>
          </tr>
        </thead>
        <tbody>
          {vms.map((vm) => (
            <tr key={vm.vmId}>
              <Th scope="row" className="text-base text-text wrap-anywhere">
                {vm.vmName}
              </Th>
              <Td className="text-end">{vm.keepLast === 0 ? t("everything") : vm.keepLast}</Td>
              <Td className="text-end">{vm.pointsGone}</Td>
              <Td className="text-end whitespace-nowrap">{formatBytes(vm.freesAtMost)}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}
