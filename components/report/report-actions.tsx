"use client";

import { Download, Printer } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { saveTextFile } from "../lib/download";
import { errorMessage } from "../lib/error-message";
import { Button } from "../ui/button";

/** A report as a file and on paper. `load` reads all rows that match, not the page alone. */
export function ReportActions({ fileName, load }: { fileName: string; load: () => Promise<{ csv: string }> }) {
  const [isBusy, setIsBusy] = useState(false);
  async function save() {
    setIsBusy(true);
    try {
      const { csv } = await load();
      saveTextFile(fileName, "text/csv", csv);
    } catch (error) {
      toast.error(errorMessage(error));
    } finally {
      setIsBusy(false);
    }
  }
  return (
    <span className="contents" data-no-print>
      <Button isBusy={isBusy} onClick={() => void save()} data-testid="report-csv">
        <Download aria-hidden /> Export CSV
      </Button>
      <Button onClick={() => window.print()}>
        <Printer aria-hidden /> Print
      </Button>
    </span>
  );
}
