"use client";

import { useQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { DatastoreDetail } from "@/server/domain/datastore";
import type { VerifyScheduleView } from "@/server/domain/verify-policy";
import { errorMessage } from "../lib/error-message";
import { formatCount, percentOf } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card, Facts } from "../ui/card";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { VerifyPolicyDialog } from "./verify-policy-dialog";

/** Scheduled verification of a datastore: how often, what is next, what was last, how much is covered. */
export function VerifySchedule({ datastore }: { datastore: DatastoreDetail }) {
  const trpc = useTRPC();
  const [isEditing, setIsEditing] = useState(false);
  const checks = useQuery(trpc.verification.ofDatastore.queryOptions({ datastoreId: datastore.id }));
  const { data, error } = useQuery(trpc.verification.schedule.queryOptions({ datastoreId: datastore.id }));
  const reason = datastore.may.manage
    ? (checks.data?.verifyReason ?? null)
    : "You need the MANAGE right on this datastore. Its owner or an administrator can grant it.";
  return (
    <Card
      title="Scheduled verification"
      data-testid="verify-schedule"
      actions={
        <Button disabledReason={data === undefined ? "It is being read." : reason} onClick={() => setIsEditing(true)}>
          <CalendarClock aria-hidden />
          {data?.policy === null ? "Set up" : "Change"}
        </Button>
      }
    >
      {data === undefined ? (
        error === null ? (
          <Skeleton className="h-24 w-full" />
        ) : (
          <p className="text-danger">{errorMessage(error)}</p>
        )
      ) : (
        <Schedule view={data} />
      )}
      {isEditing && data !== undefined ? (
        <VerifyPolicyDialog datastore={datastore} policy={data.policy} onClose={() => setIsEditing(false)} />
      ) : null}
    </Card>
  );
}

function Schedule({ view: { policy, plan, active, last, coverage } }: { view: VerifyScheduleView }) {
  const percent = coverage.points === 0 ? null : percentOf(coverage.checked, coverage.points);
  return (
    <>
      {policy === null ? (
        <p className="mb-2 text-muted">
          It is off: points are read again only when somebody asks. Files decay and disks fail without a word; a check
          every month finds that while another backup still exists.
        </p>
      ) : null}
      <Facts
        items={[
          {
            label: "Each backup",
            value:
              policy === null
                ? "never by itself"
                : `every ${policy.everyDays === 1 ? "day" : `${policy.everyDays} days`}, ${policy.window.from} to ${policy.window.to} (${policy.window.zone})`,
          },
          ...(policy === null
            ? []
            : [
                {
                  label: "At most",
                  value: `${policy.atOnce} at a time${policy.budgetGib === null ? "" : `, ${formatCount(policy.budgetGib)} GiB in 24 hours`}`,
                },
              ]),
          { label: "Next", value: <Next plan={plan} active={active} /> },
          {
            label: "Last check",
            value:
              last === null ? (
                "none was made"
              ) : (
                <Link href={`/activity/${last.actionId}`} className="underline">
                  <Time at={last.at} />
                  {last.state === "DONE" ? "" : last.state === "FAILED" ? ", failed" : ", cancelled"}
                </Link>
              ),
          },
          {
            label: `Read in the last ${coverage.days} days`,
            value:
              percent === null
                ? "there is no point"
                : `${percent} %: ${formatCount(coverage.checked)} of ${formatCount(coverage.points)} points`,
          },
        ]}
      />
    </>
  );
}

function Next({ plan, active }: { plan: VerifyScheduleView["plan"]; active: number }) {
  if (plan === null) return "nothing is scheduled";
  const now = active === 0 ? "" : `${active} ${active === 1 ? "runs or waits" : "run or wait"} now; `;
  const due = plan.due === 0 ? "" : `${formatCount(plan.due)} ${plan.due === 1 ? "backup is" : "backups are"} due. `;
  return (
    <>
      {now}
      {due}
      {plan.waiting === null ? null : `${plan.waiting} `}
      {plan.nextAt === null ? (
        "There is nothing to check."
      ) : (
        <>
          Not before <Time at={plan.nextAt} />
        </>
      )}
    </>
  );
}
