"use client";

import { Check, Circle, LoaderCircle, OctagonX } from "lucide-react";
import { type DatastoreTestResult, TEST_STAGES_OF, type TestedDriver, type TestStage } from "@/server/domain/datastore";
import { t, words } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { formatMb } from "../lib/format";
import { Notice } from "../ui/notice";

/** Where the same stage is something else. */
const CEPH_WORDS: Partial<Record<TestStage, string>> = words({
  connect: "Reach Ceph and sign in",
  write: "Write an image",
});
const STAGE_WORDS: Record<TestStage, string> = words({
  connect: "Reach the machine and sign in",
  path: "Find or make the folder",
  pool: "Find the pool",
  write: "Write a file",
  read: "Read it back",
  restic: "Find restic on this machine",
  repository: "Make or open a repository with the password",
  space: "Measure the space",
});
type Stage = DatastoreTestResult["stages"][number];

/** The stages of a connection test, each with its outcome, spoken when it changes. */
export function TestReport(props: {
  driver: TestedDriver;
  result: DatastoreTestResult | undefined;
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
        {TEST_STAGES_OF[props.driver].map((stage) => (
          <StageRow
            key={stage}
            stage={stage}
            words={(props.driver === "ceph" ? CEPH_WORDS[stage] : undefined) ?? STAGE_WORDS[stage]}
            outcome={isRunning ? undefined : result?.stages.find((item) => item.stage === stage)}
            result={result}
            isRunning={isRunning}
          />
        ))}
      </ul>
    </div>
  );
}

function headline({
  driver,
  result,
  isRunning,
  isOutdated,
}: {
  driver: TestedDriver;
  result: DatastoreTestResult | undefined;
  isRunning: boolean;
  isOutdated: boolean;
}) {
  if (isRunning) return t("Testing…");
  if (isOutdated) return t("The fields have changed since the last test. Test again.");
  if (result === undefined)
    return driver === "ceph"
      ? t("Not tested yet. The test finds the pool, writes a small image, reads it back and removes it.")
      : t("Not tested yet. The test makes the folder, writes a small file, reads it back and removes it.");
  const passed =
    driver === "ceph" ? t("Passed: disks can be stored there.") : t("Passed: backups can be stored there.");
  return result.isOk ? passed : t("Not passed. The stage below says why.");
}

function StageRow(props: {
  stage: TestStage;
  words: string;
  outcome: Stage | undefined;
  result: DatastoreTestResult | undefined;
  isRunning: boolean;
}) {
  const { outcome, result } = props;
  const hasSpace = props.stage === "space" && outcome?.state === "ok" && result !== undefined;
  const detail =
    hasSpace && result.freeMb !== null && result.totalMb !== null
      ? t("{freeMb} free of {totalMb}", { freeMb: formatMb(result.freeMb), totalMb: formatMb(result.totalMb) })
      : outcome?.detail;
  return (
    <li className="flex items-start gap-2">
      <StageIcon state={outcome?.state} isRunning={props.isRunning} />
      <span className="min-w-0 wrap-anywhere">
        {props.words}
        {detail === undefined || detail === "" ? null : (
          <span className={outcome?.state === "failed" ? "text-danger" : "text-muted"}>: {detail}</span>
        )}
      </span>
    </li>
  );
}

function StageIcon({ state, isRunning }: { state: Stage["state"] | undefined; isRunning: boolean }) {
  const size = "mt-0.5 size-4 shrink-0";
  if (isRunning) return <LoaderCircle aria-label={t("Running")} className={`${size} animate-spin text-running`} />;
  if (state === "ok") return <Check aria-label={t("Passed")} className={`${size} text-success`} />;
  if (state === "failed") return <OctagonX aria-label={t("Failed")} className={`${size} text-danger`} />;
  return <Circle aria-label={state === "skipped" ? t("Skipped") : t("Not run")} className={`${size} text-muted`} />;
}
