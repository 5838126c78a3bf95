"use client";

import { RunsOf } from "@/components/action/runs-of";
import { t } from "@/components/i18n/t";

/** What ran on this VM, newest first. */
export function VmActivity({ vmId }: { vmId: number }) {
  return (
    <RunsOf
      filter={{ vmId }}
      caption={t("Runs of this VM")}
      empty={t("Backups and restores of this VM are listed here.")}
    />
  );
}
