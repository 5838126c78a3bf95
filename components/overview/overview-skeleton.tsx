import { t } from "../i18n/t";
import { Skeleton } from "../ui/skeleton";

/** The shape of the overview while it loads. */
export function OverviewSkeleton() {
  return (
    <div role="status" className="grid gap-4">
      <span className="sr-only">{t("Loading")}</span>
      <Skeleton className="h-16 rounded-card" />
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
        <Skeleton className="h-28 rounded-card" />
        <Skeleton className="h-28 rounded-card" />
        <Skeleton className="h-28 rounded-card" />
        <Skeleton className="h-28 rounded-card" />
      </div>
      <div className="grid gap-4 lg:grid-cols-2">
        <Skeleton className="h-56 rounded-card" />
        <Skeleton className="h-56 rounded-card" />
      </div>
    </div>
  );
}
