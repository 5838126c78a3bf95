import { t } from "@/components/i18n/t";
import { Skeleton } from "@/components/ui/skeleton";

/** The shape of a page while the next one is fetched. */
export default function PageLoading() {
  return (
    <div role="status" className="space-y-4 pt-5">
      <span className="sr-only">{t("Loading")}</span>
      <Skeleton className="h-7 w-64" />
      <Skeleton className="h-4 w-96 max-w-full" />
      <Skeleton className="h-64 w-full rounded-card" />
    </div>
  );
}
