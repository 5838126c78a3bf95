"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import type { TableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { formatCount } from "../lib/format";
import { Button } from "../ui/button";

/** Which rows of how many, and the pages before and after. Nothing to turn: only the count. */
export function Pager({ params, total }: { params: TableParams; total: number }) {
  if (total === 0) return null;
  const first = params.page * params.pageRows + 1;
  const last = Math.min(total, first + params.pageRows - 1);
  const isOnePage = params.page === 0 && total <= params.pageRows;
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-2 text-sm text-muted">
      <p role="status">
        {isOnePage
          ? t("{total} in all", { total: formatCount(total) })
          : t("{first} to {last} of {total}", {
              first: formatCount(first),
              last: formatCount(last),
              total: formatCount(total),
            })}
      </p>
      {isOnePage ? null : (
        <div className="flex gap-2">
          <Button
            size="sm"
            disabledReason={params.page === 0 ? t("This is the first page.") : null}
            onClick={() => params.setPage(params.page - 1)}
          >
            <ChevronLeft aria-hidden /> {t("Previous")}
          </Button>
          <Button
            size="sm"
            disabledReason={last >= total ? t("This is the last page.") : null}
            onClick={() => params.setPage(params.page + 1)}
          >
            {t("Next")} <ChevronRight aria-hidden />
          </Button>
        </div>
      )}
    </div>
  );
}
