"use client";

import { Check, Circle, LoaderCircle, OctagonX } from "lucide-react";
import { HOST_TEST_STAGES, type HostTestResult } from "@/server/domain/host";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { Notice } from "../ui/notice";
import { HOST_STAGE_WORDS } from "./host-words";

/** The stages of a host's connection test, each with its outcome, spoken when it changes. */
export function HostTestReport(props: {
  result: HostTestResult | undefined;
  error: unknown;
  isRunning: boolean;
  isOutdated: boolean;
}) {
  const { result, isRunning } = props;
  return (
    <div aria-live="polite">
      <p className="mb-2 text-muted">{headline(props)}</p>
      {props.error === null ? null : (
        <Notice tone="danger" className="mb-2">
          {errorMessage(props.error)}
        </Notice>
      )}
      <ul className="space-y-1.5">
        {HOST_TEST_STAGES.map((stage) => {
          const outcome = isRunning ? undefined : result?.stages.find((item) => item.stage === stage);
          return (
            <li key={stage} className="flex items-start gap-2">
              <StageIcon state={outcome?.state} isRunning={isRunning} />
              <span className="min-w-0 wrap-anywhere">
                {HOST_STAGE_WORDS[stage]}
                {outcome === undefined || outcome.detail === "" ? null : (
                  <span className={outcome.state === "failed" ? "text-danger" : "text-muted"}>: {outcome.detail}</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function headline(props: { result: HostTestResult | undefined; isRunning: boolean; isOutdated: boolean }): string {
  if (props.isRunning) return t("Testing. A small guest is booted, which takes some seconds…");
  if (props.isOutdated) return t("The fields have changed since the last test. Test again.");
  if (props.result === undefined) return t("Not tested yet. The test changes nothing on the host.");
  return props.result.isOk ? t("Passed: VMs can run there.") : t("Not passed. The stage below says why.");
}

function StageIcon({ state, isRunning }: { state: string | undefined; isRunning: boolean }) {
  const size = "mt-0.5 size-4 shrink-0";
  if (isRunning) return <LoaderCircle aria-label={t("Running")} className={`${size} animate-spin text-running`} />;
  if (state === "ok") return <Check aria-label={t("Passed")} className={`${size} text-success`} />;
  if (state === "failed") return <OctagonX aria-label={t("Failed")} className={`${size} text-danger`} />;
  return <Circle aria-label={state === "skipped" ? t("Skipped") : t("Not run")} className={`${size} text-muted`} />;
}
