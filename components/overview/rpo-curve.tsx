"use client";

import { useQuery } from "@tanstack/react-query";
import { CURVE_ENDS, type ProtectionFacts } from "@/server/domain/protection-facts";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";

/** How old the newest good points are, each against the target of its VM. The bars are a table, for everyone. */
export function RpoCurve() {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.system.protection.queryOptions());
  return (
    <Card title={data === undefined ? t("Age of the newest points") : finding(data)}>
      {error === null ? null : (
        <ErrorState error={error} what={t("the ages of the points")} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null ? <Skeleton className="h-48 w-full" /> : null}
      {data === undefined ? null : <Bars facts={data} />}
    </Card>
  );
}

/** The title says what the bars show. */
function finding({ vms, curve, never }: ProtectionFacts): string {
  const inTarget = curve.slice(0, CURVE_ENDS.indexOf(1) + 1).reduce((sum, count) => sum + count, 0);
  const beyond = vms - inTarget - never;
  if (beyond === 0 && never === 0) return t("Every newest point is inside its target");
  const parts = [
    ...(beyond > 0 ? [t("{beyond} beyond the target", { beyond: formatCount(beyond) })] : []),
    ...(never > 0 ? [t("{never} without a point", { never: formatCount(never) })] : []),
  ];
  return t("Age of the newest points: {parts}", { parts: parts.join(", ") });
}

function Bars({ facts }: { facts: ProtectionFacts }) {
  const rows = [
    ...facts.curve.map((count, index) => ({ label: labelOf(index), count, isIn: (CURVE_ENDS[index] ?? 9) <= 1 })),
    { label: t("no point"), count: facts.never, isIn: false },
  ];
  const most = Math.max(1, ...rows.map((row) => row.count));
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">{t("VMs by the age of their newest good point, as a share of the target")}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("Age of the newest good point")}</th>
          <th scope="col">{t("VMs")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, count, isIn }) => (
          <tr key={label}>
            <th scope="row" className="w-40 py-0.5 pe-3 text-start font-normal whitespace-nowrap text-muted">
              {label}
            </th>
            <td className="py-0.5">
              <span className="flex items-center gap-2">
                <span
                  aria-hidden
                  className={`bar h-4 rounded-control ${isIn ? "bg-success" : "bg-warning"}`}
                  style={{ width: `${(80 * count) / most}%`, minWidth: count > 0 ? 2 : 0 }}
                />
                <span className="tabular-nums">{formatCount(count)}</span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** "50 to 75 % of the target" */
function labelOf(index: number): string {
  const percent = (share: number) => Math.round(100 * share);
  const from = percent(CURVE_ENDS[index - 1] ?? 0);
  const end = CURVE_ENDS[index];
  return end === undefined
    ? t("over {from} % of target", { from })
    : t("{from} to {end} % of target", { from, end: percent(end) });
}
