"use client";

import { CircleCheck, CircleDashed, ClockAlert, type LucideIcon, OctagonX } from "lucide-react";
import type { OverviewView, Verdict } from "@/server/domain/overview";
import { rich, t } from "../i18n/t";
import { cn } from "../lib/cn";
import { formatCount } from "../lib/format";
import { Time } from "../ui/time";
import { useNextRuns } from "./use-next-runs";

const LOOKS: Record<Verdict, { icon: LucideIcon; box: string; mark: string }> = {
  ok: { icon: CircleCheck, box: "border-success bg-success-tint", mark: "text-success" },
  attention: { icon: ClockAlert, box: "border-warning bg-warning-tint", mark: "text-warning" },
  failing: { icon: OctagonX, box: "border-danger bg-danger-tint", mark: "text-danger" },
  empty: { icon: CircleDashed, box: "border-line bg-surface", mark: "text-neutral" },
};

/** The sentence an operator would say aloud. The worst state wins; a running backup never hides a failure. */
export function VerdictLine({ view }: { view: OverviewView }) {
  const look = LOOKS[view.verdict];
  return (
    <div className={cn("card flex items-start gap-3 rounded-card border p-4", look.box)}>
      <look.icon aria-hidden className={cn("mt-0.5 size-6 shrink-0", look.mark)} />
      <div>
        <p className="text-md font-semibold">{sentence(view)}</p>
        <p className="mt-0.5">
          {view.newestPointAt === null ? (
            t("There is no restore point yet.")
          ) : (
            <>{rich("Newest good point: {newestPointAt}.", { newestPointAt: <Time at={view.newestPointAt} /> })}</>
          )}{" "}
          <NextRun />
        </p>
      </div>
    </div>
  );
}

/** When the next schedule runs; nothing while that is not known. */
function NextRun() {
  const { runs } = useNextRuns();
  if (runs === null) return null;
  const [next] = runs;
  return next === undefined ? (
    t("Nothing is planned for the coming week.")
  ) : (
    <>{rich("Next run: {parentName}, {time}.", { parentName: next.parentName, time: <Time at={next.at} /> })}</>
  );
}

function sentence(view: OverviewView): string {
  const { damaged } = view;
  if (damaged === 0) return protectionSentence(view);
  const which = t("{damaged, plural, one {one VM} other {{damaged2} VMs}}", {
    damaged,
    damaged2: formatCount(damaged),
  });
  return t("The newest point of {which} may not be restorable. {protectionSentence}", {
    which,
    protectionSentence: protectionSentence(view),
  });
}

function protectionSentence({ verdict, vms }: OverviewView): string {
  if (vms.total === 0) return t("No virtual machine is known yet.");
  if (vms.total === 1) {
    if (vms.protected === 1) return t("The only VM is protected.");
    if (vms.excluded === 1) return t("The only VM is left out of the backups, with a reason.");
    return verdict === "failing" ? t("The only VM fails to back up.") : t("The only VM is not protected yet.");
  }
  const needing = vms.total - vms.protected - vms.excluded;
  if (vms.protected === vms.total) return t("All {total} VMs are protected.", { total: formatCount(vms.total) });
  if (needing === 0)
    return t("{protected} of {total} VMs are protected; the others are left out with a reason.", {
      protected: formatCount(vms.protected),
      total: formatCount(vms.total),
    });
  return t("{protected} of {total} VMs are protected; {needing} {needing2, plural, one {needs} other {need}} you.", {
    protected: formatCount(vms.protected),
    total: formatCount(vms.total),
    needing: formatCount(needing),
    needing2: needing,
  });
}
