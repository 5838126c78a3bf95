"use client";

import { rich, t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { formatBytes } from "@/components/lib/format";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import type { RestorePlan } from "@/server/domain/restore";
import { restoreCommands } from "@/server/domain/restore-commands";
import { CopyCommands } from "./copy-commands";
import { PlanChecks } from "./plan-checks";
import { PlanSteps } from "./plan-steps";
import { TemplateDiff } from "./template-diff";
import type { usePlan } from "./use-plan";

interface StepReviewProps {
  plan: ReturnType<typeof usePlan>;
  startError: string | null;
}

/** Step 5: what will happen, checked and counted, before anything is touched. */
export function StepReview({ plan, startError }: StepReviewProps) {
  return (
    <div className="space-y-4">
      {startError !== null && (
        <Notice tone="danger" isAlert title={t("The restore was not started")}>
          {startError}
        </Notice>
      )}
      {plan.isError && <ErrorState what={t("the plan")} error={plan.error} onRetry={() => void plan.refetch()} />}
      {plan.data === undefined && !plan.isError && <Skeleton className="h-72 w-full" />}
      {plan.data !== undefined && !plan.isError && <PlanView plan={plan.data} isCurrent={plan.isCurrent} />}
    </div>
  );
}

function PlanView({ plan, isCurrent }: { plan: RestorePlan; isCurrent: boolean }) {
  return (
    <div className="space-y-4" aria-busy={!isCurrent} data-testid="restore-plan">
      <Card title={t("Checks")}>
        <PlanChecks checks={plan.checks} />
      </Card>
      <Card title={t("What will be done")}>
        <PlanSteps steps={plan.steps} />
        <p className="mt-3 border-t border-line pt-3">
          {rich("Reads {totalBytesToRead}, the restored disks may grow to {totalVirtualSize}.", {
            totalBytesToRead: (
              <strong>
                {plan.totalBytesToRead === null ? t("an unknown amount") : formatBytes(plan.totalBytesToRead)}
              </strong>
            ),
            totalVirtualSize: <strong>{formatBytes(plan.totalVirtualSize)}</strong>,
          })}
        </p>
      </Card>
      {plan.templateAfter !== null && (
        <Card title={t("The template, before and after")}>
          <TemplateDiff diff={plan.diff} />
        </Card>
      )}
      <CopyCommands
        commands={restoreCommands({ ...plan.request, incrementId: plan.incrementId }, window.location.origin)}
      />
    </div>
  );
}
