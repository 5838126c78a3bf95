"use client";

import { Check, CircleHelp, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { DatastoreDetail } from "@/server/domain/datastore";
import type { StoreFacts } from "@/server/domain/datastore-facts";
import { rich, t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { formatMb, formatRate } from "../lib/format";
import { fullWords, growthWords } from "../report/capacity-words";
import { HealthBadge } from "../state-badge";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { capacityOf } from "./capacity";
import { useStoreFacts } from "./use-store-facts";

type Mark = "good" | "warn" | "bad" | "unknown";

const MARKS: Record<Mark, { icon: LucideIcon; className: string }> = {
  good: { icon: Check, className: "text-success" },
  warn: { icon: TriangleAlert, className: "text-warning" },
  bad: { icon: OctagonX, className: "text-danger" },
  unknown: { icon: CircleHelp, className: "text-muted" },
};

/** Why a datastore is in the state that it is in: each fact with how it was judged and what to do about it. */
export function StoreHealth({ datastore }: { datastore: DatastoreDetail }) {
  const { of, error } = useStoreFacts();
  const facts = of(datastore.id);
  return (
    <Card
      title={t("Health")}
      data-testid="store-health"
      actions={facts === null ? null : <HealthBadge health={facts.state} />}
    >
      {error == null ? null : <ErrorState error={error} what={t("the health of the datastore")} />}
      {facts === null && error == null ? <Skeleton className="h-32 w-full" /> : null}
      {facts === null ? null : (
        <ul className="space-y-2">
          <Reach datastore={datastore} />
          <Space datastore={datastore} facts={facts} />
          <Speed facts={facts} />
          <Writes datastore={datastore} facts={facts} />
          <Checks facts={facts} />
        </ul>
      )}
    </Card>
  );
}

function Line({ mark, children }: { mark: Mark; children: ReactNode }) {
  const { icon: Icon, className } = MARKS[mark];
  return (
    <li className="flex items-start gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${className}`} />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </li>
  );
}

function Reach({ datastore: { error, monitoredAt } }: { datastore: DatastoreDetail }) {
  if (error !== null) {
    return (
      <Line mark="bad">
        {t("It did not answer when it was last asked. Mend what the message above says, then check now.")}
      </Line>
    );
  }
  if (monitoredAt === null) return <Line mark="unknown">{t("It was never asked. Check now.")}</Line>;
  return <Line mark="good">{rich("It answers: measured {time}.", { time: <Time at={monitoredAt} short /> })}</Line>;
}

function Space({ datastore, facts: { trend } }: { datastore: DatastoreDetail; facts: StoreFacts }) {
  const capacity = capacityOf(datastore);
  if (capacity === null) return <Line mark="unknown">{t("Its space is not known.")}</Line>;
  const isSoon = trend !== null && trend.daysToFull !== null && trend.daysToFull <= 14;
  const mark = capacity.tone === "danger" ? "bad" : capacity.tone === "warning" || isSoon ? "warn" : "good";
  const outlook = trend === null ? t("{free} free.", { free: formatMb(datastore.freeMb) }) : `${growthWords(trend)}.`;
  return (
    <Line mark={mark}>
      {t("{percent} % used.", { percent: capacity.percent })} {outlook}{" "}
      {trend === null ? null : `${fullWords({ days: [], trend })}.`}
    </Line>
  );
}

function Speed({ facts: { speed, state } }: { facts: StoreFacts }) {
  if (speed === null) {
    return <Line mark="unknown">{t("How fast it writes is not known: no backup was large enough to tell.")}</Line>;
  }
  const values = {
    typical: formatRate(speed.typical),
    latest: formatRate(speed.latest),
    count: speed.count,
  };
  return state === "slow" ? (
    <Line mark="warn">
      {t(
        "The latest backups were written with {latest}, less than half of the usual {typical}. Look at its disks and at the network.",
        values,
      )}
    </Line>
  ) : (
    <Line mark="good">
      {t(
        "{count, plural, one {The one backup of the last 90 days was written with {typical}.} other {Half of the last {count} backups were written with {typical} or more; the latest with {latest}.}}",
        values,
      )}
    </Line>
  );
}

/** Locks, and a file system that lets nobody write: found by the newest backup, not asked for. */
function Writes({ datastore, facts: { state, lastFailure } }: { datastore: DatastoreDetail; facts: StoreFacts }) {
  if (lastFailure === null)
    return <Line mark="good">{t("The newest backup into it was not stopped by the datastore.")}</Line>;
  const link = (content: ReactNode) => (
    <Link className="text-primary underline" href={`/activity/${lastFailure.actionId}`}>
      {content}
    </Link>
  );
  const values = { error: lastFailure.error, link, time: <Time at={lastFailure.at} short /> };
  if (state === "read-only") {
    return (
      <Line mark="bad">
        {rich(
          "Nothing can be written: <link>the newest backup</link> failed {time}. Remount its file system for writing. It said: {error}",
          values,
        )}
      </Line>
    );
  }
  if (state === "locked" && datastore.driver === "restic") {
    return (
      <Line mark="bad">
        {rich(
          "<link>The newest backup</link> found the repository locked {time}: {error} Locks of a process that is gone are removed by the next run by itself. If the one named is alive, let it end; if it ran on another machine that is gone, run restic unlock there or on the server.",
          values,
        )}
      </Line>
    );
  }
  return <Line mark="warn">{rich("<link>The newest backup into it</link> failed {time}: {error}", values)}</Line>;
}

function Checks({ facts: { verifiedAt, damaged } }: { facts: StoreFacts }) {
  if (damaged > 0) {
    return (
      <Line mark="bad">
        {t(
          "{damaged, plural, one {# point is} other {# points are}} damaged. The overview says which, and what to do.",
          {
            damaged,
          },
        )}
      </Line>
    );
  }
  if (verifiedAt === null) {
    return <Line mark="warn">{t("No stored file was ever read again. Set up scheduled verification below.")}</Line>;
  }
  return (
    <Line mark="good">
      {rich("Stored files were last read again {time}.", { time: <Time at={verifiedAt} short /> })}
    </Line>
  );
}
