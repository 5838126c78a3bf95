"use client";

import { CircleDashed, OctagonX } from "lucide-react";
import Link from "next/link";
import type { OverviewView } from "@/server/domain/overview";
import { RetryAction } from "../action/retry-action";
import { said } from "../i18n/said";
import { rich, t } from "../i18n/t";
import { vmCount } from "../lib/counts";
import { formatCount } from "../lib/format";
import { ButtonLink } from "../ui/button";
import { Time } from "../ui/time";
import { DamageRemedies } from "./damage-remedies";
import { MuteCause, MutedWords } from "./mute-cause";

type Group = OverviewView["attention"][number];

/** What needs someone, grouped by cause and not by VM, with the way on. */
export function AttentionList({ groups }: { groups: readonly Group[] }) {
  const muted = groups.filter((group) => group.muted != null);
  return (
    <>
      <Groups groups={groups.filter((group) => group.muted == null)} />
      {muted.length === 0 ? null : (
        <details className={muted.length < groups.length ? "mt-3" : undefined}>
          <summary className="text-muted">
            {t("{count, plural, one {1 muted cause} other {{count} muted causes}}", { count: muted.length })}
          </summary>
          <Groups groups={muted} />
        </details>
      )}
    </>
  );
}

function Groups({ groups }: { groups: readonly Group[] }) {
  return (
    <ul className="divide-y divide-line">
      {groups.map((group) => (
        <AttentionItem key={`${group.state} ${group.isUrgent} ${group.cause}`} group={group} />
      ))}
    </ul>
  );
}

function AttentionItem({ group }: { group: Group }) {
  const title = damageWords(group);
  const isBad = group.isUrgent || group.state === "failing";
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="flex min-w-0 items-start gap-3">
        {isBad ? (
          <OctagonX aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
        ) : (
          <CircleDashed aria-hidden className="mt-0.5 size-5 shrink-0 text-warning" />
        )}
        <div className="min-w-0">
          <p className="font-medium wrap-anywhere">{title ?? said(group.cause)}</p>
          {title === null ? null : <p className="wrap-anywhere">{said(group.cause)}</p>}
          <MutedWords group={group} />
          <p className="text-muted">
            {group.since === null
              ? vmCount(group.count)
              : rich("{vms}, since {since}", { vms: vmCount(group.count), since: <Time at={group.since} short /> })}
          </p>
          <ul className="mt-1 flex flex-wrap gap-x-3">
            {group.vms.map((vm) => (
              <li key={vm.id}>
                <Link href={pageOf(vm)} className="text-primary underline-offset-2 hover:underline">
                  {vm.name}
                </Link>
              </li>
            ))}
            {group.count > group.vms.length ? (
              <li className="text-muted">
                {t("and {count} more", { count: formatCount(group.count - group.vms.length) })}
              </li>
            ) : null}
          </ul>
        </div>
      </div>
      <div className="flex flex-wrap gap-2">
        {title !== null ? (
          <DamageRemedies group={group} />
        ) : group.actionId === null ? (
          <OpenVms group={group} />
        ) : (
          <>
            <RetryAction actionId={group.actionId} label={said(group.cause)} size="sm" />
            <ButtonLink size="sm" href={`/activity/${group.actionId}`}>
              {t("Open the run")}
            </ButtonLink>
          </>
        )}
        <MuteCause group={group} />
      </div>
    </li>
  );
}

function OpenVms({ group }: { group: Group }) {
  const [first] = group.vms;
  const isOne = first !== undefined && group.count === 1;
  return (
    <ButtonLink size="sm" variant="primary" href={isOne ? `/vms/${first.id}` : `/vms?q=status:${group.state}`}>
      {isOne ? t("Open the VM") : t("Open the VMs")}
    </ButtonLink>
  );
}

type Vm = Group["vms"][number];

/** Where a VM of a group is looked at: its damaged point is chosen there. */
function pageOf({ id, point }: Vm): string {
  return point === undefined ? `/vms/${id}` : `/vms/${id}?point=${point.imageId}.${point.incrementId}`;
}

/** What a check found, in a few words; null for a group that is not about damage. */
function damageWords({ state, isUrgent }: Group): string | null {
  if (state === "damaged") {
    return isUrgent
      ? t("The newest restore point is damaged")
      : t("An older restore point is damaged; a newer one is good as far as anybody knows");
  }
  if (state !== "silent") return null;
  return isUrgent
    ? t("The newest restore point did not come up in its boot check")
    : t("The last boot check saw no sign of life");
}
