"use client";

import Link from "next/link";
import { type JobDetail, type JobMember, MEMBER_LISTS, type MemberList } from "@/server/domain/job/job";
import { said } from "../i18n/said";
import { rich, t, words } from "../i18n/t";
import { Time } from "../ui/time";
import { LIST_WORDS } from "./lists-bar";

const HELP: Record<MemberList, string> = words({
  OUTDATED: "Waiting for their turn",
  BACKING_UP: "A backup runs",
  UPDATED: "Backed up in this run",
  ERROR: "The backup failed",
});

/** The four lists of the job with its VMs, each with what it waits for or why it failed. */
export function JobBoard({ job }: { job: JobDetail }) {
  const idle = job.members.filter((member) => member.list === null);
  return (
    <>
      <div className="grid gap-3 md:grid-cols-2 xl:grid-cols-4" data-testid="job-board">
        {MEMBER_LISTS.map((list) => (
          <BoardColumn key={list} list={list} members={job.members.filter((member) => member.list === list)} />
        ))}
      </div>
      {idle.length === 0 ? null : (
        <p className="mt-3 text-muted">
          {t("Not in a run yet:")}{" "}
          {idle.map((member, index) => (
            <span key={member.vmId}>
              {index === 0 ? "" : ", "}
              <VmLink member={member} />
            </span>
          ))}
        </p>
      )}
    </>
  );
}

function BoardColumn({ list, members }: { list: MemberList; members: readonly JobMember[] }) {
  const id = `list-${list}`;
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-card border border-line bg-surface p-3">
      <h2 id={id} className="font-semibold">
        {LIST_WORDS[list]} <span className="font-normal text-muted">({members.length})</span>
      </h2>
      <p className="text-sm text-muted">{HELP[list]}</p>
      <ul className="mt-2 space-y-2">
        {members.map((member) => (
          <li
            key={member.vmId}
            className="rounded-control border border-line p-2 wrap-anywhere"
            data-testid={`member-${member.vmId}`}
          >
            <VmLink member={member} />
            {member.actionId === null ? null : (
              <Link
                className="ms-2 text-sm text-primary underline underline-offset-2"
                href={`/activity/${member.actionId}`}
              >
                {t("Run {actionId}", { actionId: member.actionId })}
              </Link>
            )}
            {member.waitReason === null ? null : <p className="text-sm text-muted">{said(member.waitReason)}</p>}
            {member.error === null ? null : <p className="text-danger">{member.error}</p>}
            {member.retryAt === null ? null : (
              <p className="text-sm text-muted">
                {rich("Tried again at {retryAt}", { retryAt: <Time at={member.retryAt} short /> })}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function VmLink({ member }: { member: JobMember }) {
  return (
    <Link className="text-primary underline underline-offset-2" href={`/vms/${member.vmId}`}>
      {member.vmName}
    </Link>
  );
}
