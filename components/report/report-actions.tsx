"use client";

import { Download, Printer } from "lucide-react";
import { useSaveCsv } from "../hooks/use-save-csv";
import { t } from "../i18n/t";
import { Button } from "../ui/button";

/** A report as a file and on paper. `load` reads all rows that match, not the page alone. */
export function ReportActions({ fileName, load }: { fileName: string; load: () => Promise<{ csv: string }> }) {
  const { isBusy, save } = useSaveCsv(fileName, load);
  return (
    <span className="contents" data-no-print>
      <Button isBusy={isBusy} onClick={save} data-testid="report-csv">
        <Download aria-hidden /> {t("Export CSV")}
      </Button>
      <Button onClick={() => window.print()}>
        <Printer aria-hidden /> {t("Print")}
      </Button>
    </span>
  );
}
