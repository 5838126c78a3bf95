import { t } from "../i18n/t";
import { Skeleton } from "../ui/skeleton";

const ROWS = ["a", "b", "c", "d", "e", "f"];
const MAX_CELLS = 6;

/** The shape of the table while its first rows load. */
export function TableSkeleton({ columns }: { columns: number }) {
  const cells = ROWS.concat(ROWS).slice(0, Math.min(columns, MAX_CELLS));
  return (
    <div role="status">
      <span className="sr-only">{t("Loading")}</span>
      {ROWS.map((row) => (
        <div key={row} className="flex h-(--row) items-center gap-6 border-b border-line px-4 last:border-b-0">
          {cells.map((cell, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: places, not things.
            <Skeleton key={`${cell}${index}`} className={index === 0 ? "w-1/4" : "w-1/6"} />
          ))}
        </div>
      ))}
    </div>
  );
}
