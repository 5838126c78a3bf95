"use client";

import { useQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { DatastoreDetail } from "@/server/domain/datastore";
import type { VerifyScheduleView } from "@/server/domain/verify-policy";
import { rich, t } from "../i18n/t";
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
    : t("You need the MANAGE right on this datastore. Its owner or an administrator can grant it.");
  return (
    <Card
      title={t("Scheduled verification")}
      data-testid="verify-schedule"
      actions={
        <Button
          disabledReason={data === undefined ? t("It is being read.") : reason}
          onClick={() => setIsEditing(true)}
        >
          <CalendarClock aria-hidden />
          {data?.policy === null ? t("Set up") : t("Change")}
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
          {t(
            "It is off: points are read again only when somebody asks. Files decay and disks fail without a word; a check every month finds that while another backup still exists.",
          )}
        </p>
      ) : null}
      <Facts
        items={[
          {
            label: t("Each backup"),
            value:
              policy === null
                ? t("never by itself")
                : t("every {everyDays, plural, one {day} other {{everyDays} days}}, {from} to {to} ({zone})", {
                    everyDays: policy.everyDays,
                    from: policy.window.from,
                    to: policy.window.to,
                    zone: policy.window.zone,
                  }),
          },
          ...(policy === null
            ? []
            : [
                {
                  label: t("At most"),
                  value: t("{atOnce} at a time{noBudgetGib, select, yes {} other {, {budgetGib} GiB in 24 hours}}", {
                    atOnce: policy.atOnce,
                    noBudgetGib: policy.budgetGib === null ? "yes" : "no",
                    budgetGib: formatCount(policy.budgetGib ?? 0),
                  }),
                },
              ]),
          { label: t("Next"), value: <Next plan={plan} active={active} /> },
          {
            label: t("Last check"),
            value:
              last === null ? (
                t("none was made")
              ) : (
                <Link href={`/activity/${last.actionId}`} className="underline">
                  {rich(
                    "{time}{isDone, select, yes {} other {{isFailed, select, yes {, failed} other {, cancelled}}}}",
                    {
                      time: <Time at={last.at} />,
                      isDone: last.state === "DONE" ? "yes" : "no",
                      isFailed: last.state === "FAILED" ? "yes" : "no",
                    },
                  )}
                </Link>
              ),
          },
          {
            label: t("Read in the last {days} days", { days: coverage.days }),
            value:
              percent === null
                ? t("there is no point")
                : t("{percent} %: {checked} of {points} points", {
                    percent,
                    checked: formatCount(coverage.checked),
                    points: formatCount(coverage.points),
                  }),
          },
        ]}
      />
    </>
  );
}

function Next({ plan, active }: { plan: VerifyScheduleView["plan"]; active: number }) {
  if (plan === null) return t("nothing is scheduled");
  const now =
    active === 0 ? "" : t("{active} {active, plural, one {runs or waits} other {run or wait}} now; ", { active });
  const due =
    plan.due === 0
      ? ""
      : t("{due} {due2, plural, one {backup is} other {backups are}} due. ", {
          due: formatCount(plan.due),
          due2: plan.due,
        });
  return (
    <>
      {now}
      {due}
      {plan.waiting === null ? null : `${plan.waiting} `}
      {plan.nextAt === null ? (
        t("There is nothing to check.")
      ) : (
        <>{rich("Not before {nextAt}", { nextAt: <Time at={plan.nextAt} /> })}</>
      )}
    </>
  );
}
