import { t } from "@/components/i18n/t";
import { Skeleton } from "@/components/ui/skeleton";

/** Ghost lanes while the points load. */
export function TimelineSkeleton() {
  return (
    <div role="status" className="space-y-3">
      <span className="sr-only">{t("Loading the timeline")}</span>
      <Skeleton className="h-7 w-64" />
      <div className="space-y-4 rounded-card border border-line bg-surface p-4">
        <Skeleton className="h-10 w-full" />
        <Skeleton className="h-10 w-2/3" />
      </div>
      <Skeleton className="h-40 w-full" />
    </div>
  );
}
