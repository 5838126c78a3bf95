"use client";

import { Ban, Check, LoaderCircle, OctagonX } from "lucide-react";
import type { JobRunRow } from "@/server/domain/job/job";
import { t } from "../i18n/t";
import { formatDuration } from "../lib/format";
import { Badge } from "../ui/badge";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";

/** The last runs of a job, newest first. */
export function JobRuns({ runs }: { runs: readonly JobRunRow[] }) {
  if (runs.length === 0) return <p className="p-4 text-muted">{t("This job has not run yet.")}</p>;
  return (
    <Table caption={t("Runs of this job")}>
      <thead>
        <tr>
          <Th>{t("Run")}</Th>
          <Th>{t("Result")}</Th>
          <Th>{t("Began")}</Th>
          <Th>{t("Took")}</Th>
          <Th>{t("VMs")}</Th>
          <Th>{t("Started by")}</Th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <Th scope="row" className="text-base text-text">
              {run.id}
            </Th>
            <Td>
              <RunBadge run={run} />
            </Td>
            <Td>
              <Time at={run.startedAt} short />
            </Td>
            <Td className="whitespace-nowrap">
              {run.endedAt === null ? "" : formatDuration(run.endedAt - run.startedAt)}
            </Td>
            <Td className="whitespace-nowrap">
              {t("{done} of {planned} backed up{anyFailed, select, yes {, {failed} failed} other {}}", {
                done: run.done,
                planned: run.planned,
                anyFailed: run.failed > 0 ? "yes" : "no",
                failed: run.failed,
              })}
            </Td>
            <Td>{run.trigger === "schedule" ? t("Schedule") : run.actorName}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function RunBadge({ run }: { run: JobRunRow }) {
  if (run.endedAt === null) {
    return (
      <Badge tone="running" icon={LoaderCircle}>
        {run.isCancelled ? t("Cancelling") : t("Running")}
      </Badge>
    );
  }
  if (run.isCancelled) {
    return (
      <Badge tone="neutral" icon={Ban}>
        {t("Cancelled")}
      </Badge>
    );
  }
  return run.failed > 0 ? (
    <Badge tone="danger" icon={OctagonX}>
      {t("{failed} failed", { failed: run.failed })}
    </Badge>
  ) : (
    <Badge tone="success" icon={Check}>
      {t("Done")}
    </Badge>
  );
}
