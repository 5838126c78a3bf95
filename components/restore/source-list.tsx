import { ChevronRight } from "lucide-react";
import { rich, t } from "@/components/i18n/t";
import { cn } from "@/components/lib/cn";
import { formatBytes } from "@/components/lib/format";
import { Time } from "@/components/ui/time";
import type { RestoreSource } from "@/server/domain/restore";

/** Machines with restore points; one click chooses and goes on. */
export function SourceList({
  sources,
  selected,
  onChoose,
}: {
  sources: readonly RestoreSource[];
  selected: number | null;
  onChoose: (vmId: number) => void;
}) {
  return (
    <ul
      aria-label={t("Machines with restore points")}
      className="divide-y divide-line rounded-card border border-line bg-surface"
    >
      {sources.map((source) => (
        <li key={source.vmId}>
          <button
            type="button"
            aria-current={source.vmId === selected || undefined}
            data-testid={`source-${source.vmId}`}
            onClick={() => onChoose(source.vmId)}
            className={cn(
              "flex min-h-11 w-full items-center gap-4 px-4 py-2 text-start hover:bg-primary-tint",
              source.vmId === selected && "bg-primary-tint",
            )}
          >
            <span className="flex min-w-0 grow flex-wrap items-center gap-x-4 gap-y-0.5">
              <span className="min-w-40 grow font-medium wrap-anywhere">
                {source.vmName} <span className="font-normal text-muted">{t("VM {vmId}", { vmId: source.vmId })}</span>
                {!source.exists && <span className="ms-2 font-normal text-muted">{t("(VM gone, points kept)")}</span>}
              </span>
              <span className="text-sm text-muted">
                {rich(
                  "{pointCount, plural, one {1 point} other {{pointCount} points}} · {storedBytes} · newest {newestPointAt}",
                  {
                    pointCount: source.pointCount,
                    storedBytes: formatBytes(source.storedBytes),
                    newestPointAt: <Time at={source.newestPointAt} short />,
                  },
                )}
              </span>
            </span>
            <ChevronRight aria-hidden="true" className="size-4 shrink-0 text-muted" />
          </button>
        </li>
      ))}
    </ul>
  );
}
