"use client";

import type { ActionRow } from "@/server/domain/action";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { ButtonLink } from "../ui/button";
import { Notice } from "../ui/notice";

/** What a reader must know first: why it waits, why it failed, what was unusual. */
export function RunNotices({ action }: { action: ActionRow }) {
  return (
    <>
      {action.state === "PENDING" ? (
        <Notice tone="info" title={t("Queued")}>
          {said(action.waitReason ?? t("It starts with the next pass of the scheduler."))}
        </Notice>
      ) : null}
      {action.state === "FAILED" ? (
        <Notice
          tone="danger"
          title={t("Why it failed")}
          actions={
            action.vmId === null ? undefined : (
              <ButtonLink size="sm" href={`/vms/${action.vmId}`}>
                {t("Open the VM")}
              </ButtonLink>
            )
          }
        >
          <p className="whitespace-pre-wrap">
            {said(action.error ?? t("The run left no reason; the end of the log says more."))}
          </p>
        </Notice>
      ) : null}
      {action.warnings.map((warning) => (
        <Notice key={warning} tone="warning">
          {warning}
        </Notice>
      ))}
    </>
  );
}
