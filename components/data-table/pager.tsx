"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import type { TableParams } from "../hooks/use-table-params";
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
          ? `${formatCount(total)} in all`
          : `${formatCount(first)} to ${formatCount(last)} of ${formatCount(total)}`}
      </p>
      {isOnePage ? null : (
        <div className="flex gap-2">
          <Button
            size="sm"
            disabledReason={params.page === 0 ? "This is the first page." : null}
            onClick={() => params.setPage(params.page - 1)}
          >
            <ChevronLeft aria-hidden /> Previous
          </Button>
          <Button
            size="sm"
            disabledReason={last >= total ? "This is the last page." : null}
            onClick={() => params.setPage(params.page + 1)}
          >
            Next <ChevronRight aria-hidden />
          </Button>
        </div>
      )}
    </div>
  );
}
