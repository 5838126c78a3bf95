"use client";

import { rich, t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { formatBytes } from "@/components/lib/format";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import type { InPlacePlan } from "@/server/domain/in-place";
import { inPlaceCommands } from "@/server/domain/restore-commands";
import { CopyCommands } from "./copy-commands";
import { OverwrittenDisks } from "./overwritten-disks";
import { PlanChecks } from "./plan-checks";
import { PlanSteps } from "./plan-steps";
import type { useInPlacePlan } from "./use-in-place-plan";

interface InPlaceReviewProps {
  plan: ReturnType<typeof useInPlacePlan>;
  startError: string | null;
  typed: string;
  onType: (text: string) => void;
}

/** Step 5 of an in-place restore: what will be gone, what will be done, and the name of the machine to confirm it. */
export function InPlaceReview({ plan, startError, typed, onType }: InPlaceReviewProps) {
  return (
    <div className="space-y-4">
      {startError !== null && (
        <Notice tone="danger" isAlert title={t("The restore was not started")}>
          {startError}
        </Notice>
      )}
      {plan.isError && <ErrorState what={t("the plan")} error={plan.error} onRetry={() => void plan.refetch()} />}
      {plan.data === undefined && !plan.isError && <Skeleton className="h-72 w-full" />}
      {plan.data !== undefined && !plan.isError && (
        <div className="space-y-4" aria-busy={!plan.isCurrent} data-testid="in-place-plan">
          <OverwrittenDisks plan={plan.data} />
          <Card title={t("Checks")}>
            <PlanChecks checks={plan.data.checks} />
          </Card>
          <Card title={t("What will be done")}>
            <PlanSteps steps={plan.data.steps} />
            <p className="mt-3 border-t border-line pt-3">
              {rich(
                "Reads {readsText}. Until the disks are put in place, the machine keeps the ones it has: a cancel or a failure changes nothing.",
                { readsText: <strong>{readsText(plan.data)}</strong> },
              )}
            </p>
          </Card>
          <CopyCommands
            commands={inPlaceCommands(
              { ...plan.data.request, incrementId: plan.data.incrementId },
              window.location.origin,
            )}
          />
          <Confirm plan={plan.data} typed={typed} onType={onType} />
        </div>
      )}
    </div>
  );
}

function readsText({ totalBytesToRead }: InPlacePlan): string {
  return totalBytesToRead === null ? t("an unknown amount") : formatBytes(totalBytesToRead);
}

function Confirm({ plan, typed, onType }: { plan: InPlacePlan } & Pick<InPlaceReviewProps, "typed" | "onType">) {
  return (
    <Field
      label={t("Type {vmName} to confirm", { vmName: plan.vmName })}
      help={t("The name of the machine whose disks are overwritten.")}
      className="max-w-md"
    >
      {(control) => (
        <Input
          {...control}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onType(event.target.value)}
          data-testid="in-place-confirm"
        />
      )}
    </Field>
  );
}
