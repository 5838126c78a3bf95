"use client";

import { Ban, Check, LoaderCircle, OctagonX } from "lucide-react";
import type { JobRunRow } from "@/server/domain/job/job";
import { formatDuration } from "../lib/format";
import { Badge } from "../ui/badge";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";

/** The last runs of a job, newest first. */
export function JobRuns({ runs }: { runs: readonly JobRunRow[] }) {
  if (runs.length === 0) return <p className="p-4 text-muted">This job has not run yet.</p>;
  return (
    <Table caption="Runs of this job">
      <thead>
        <tr>
          <Th>Run</Th>
          <Th>Result</Th>
          <Th>Began</Th>
          <Th>Took</Th>
          <Th>VMs</Th>
          <Th>Started by</Th>
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
              {run.done} of {run.planned} backed up{run.failed > 0 ? `, ${run.failed} failed` : ""}
            </Td>
            <Td>{run.trigger === "schedule" ? "Schedule" : run.actorName}</Td>
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
        {run.isCancelled ? "Cancelling" : "Running"}
      </Badge>
    );
  }
  if (run.isCancelled) {
    return (
      <Badge tone="neutral" icon={Ban}>
        Cancelled
      </Badge>
    );
  }
  return run.failed > 0 ? (
    <Badge tone="danger" icon={OctagonX}>
      {run.failed} failed
    </Badge>
  ) : (
    <Badge tone="success" icon={Check}>
      Done
    </Badge>
  );
}
