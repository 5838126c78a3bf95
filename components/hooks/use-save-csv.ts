"use client";

import { useState } from "react";
import { toast } from "sonner";
import { saveTextFile } from "../lib/download";
import { errorMessage } from "../lib/error-message";

/** Ask the server for a table as CSV and hand it to the browser as a file; what goes wrong is told. */
export function useSaveCsv(
  fileName: string,
  load: () => Promise<{ csv: string }>,
): { isBusy: boolean; save: () => void } {
  const [isBusy, setIsBusy] = useState(false);
  async function work() {
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
  return { isBusy, save: () => void work() };
}
