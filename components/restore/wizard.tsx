"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { filesHref } from "@/components/files/browse-link";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Skeleton } from "@/components/ui/skeleton";
import { InPlaceReview } from "./in-place-review";
import { StepDisks } from "./step-disks";
import { StepReview } from "./step-review";
import { StepWhat } from "./step-what";
import { StepWhen } from "./step-when";
import { StepWhere } from "./step-where";
import { useInPlacePlan } from "./use-in-place-plan";
import { usePlan } from "./use-plan";
import { useWizard, type Wizard } from "./use-wizard";
import { WizardFooter } from "./wizard-footer";
import { STEP_TITLES, WizardRail } from "./wizard-rail";
import { nextStep, previousStep, type WizardStep, wayOf } from "./wizard-state";
import { WizardSummary } from "./wizard-summary";

/** The restore wizard: rail, one step, summary. Ctrl/Cmd+Enter continues, and starts on the last step. */
export function RestoreWizard() {
  const wizard = useWizard();
  const trpc = useTRPC();
  const router = useRouter();
  const start = useMutation(trpc.restore.start.mutationOptions());
  const startInPlace = useMutation(trpc.restore.startInPlace.mutationOptions());
  const [typed, setTyped] = useState("");
  const isMoving = useRef(false);
  const { step, request, inPlace } = wizard;
  const madePlan = usePlan(request);
  const inPlacePlan = useInPlacePlan(inPlace);
  const isInPlace = wayOf(wizard.draft) === "in-place";
  const plan = isInPlace ? inPlacePlan : madePlan;
  const isStarting = [start, startInPlace].some((each) => each.isPending || each.isSuccess);
  const startError = isInPlace ? startInPlace.error : start.error;
  const shownError = startError === null ? null : errorMessage(startError);
  const reviewProblem = () => planProblem(plan) ?? (isInPlace ? nameProblem(inPlacePlan.data?.vmName, typed) : null);
  const problem = wizard.isLoading ? t("Loading…") : (wizard.problem ?? (step === "review" ? reviewProblem() : null));

  // Focus follows a move between steps to its heading, not the first paint.
  function markMoving() {
    isMoving.current = true;
  }

  function go(next: WizardStep) {
    markMoving();
    wizard.go(next, next === "disks" || step === "when" ? chosenPoint(wizard) : {});
  }

  function forward() {
    if (problem !== null) return;
    if (step === "when" && point !== null) return router.push(filesHref(point));
    if (step !== "review") return go(nextStep(step));
    if (isStarting) return;
    const onSuccess = ({ actionId }: { actionId: number }) => router.push(`/activity/${actionId}`);
    if (inPlace !== null) startInPlace.mutate(inPlace, { onSuccess });
    else if (request !== null) start.mutate(request, { onSuccess });
  }

  const { scope } = wizard.draft;
  const chosen = wizard.choices.point;
  const point = scope === "files" && chosen.kind === "chosen" ? chosen.point : null;
  useForwardKey(forward);

  const steps: Record<WizardStep, ReactNode> = {
    what: <StepWhat wizard={wizard} onMoving={markMoving} />,
    when: <StepWhen wizard={wizard} onMoving={markMoving} />,
    disks: <StepDisks wizard={wizard} />,
    where: <StepWhere wizard={wizard} plan={madePlan.data} inPlacePlan={inPlacePlan.data} />,
    review: isInPlace ? (
      <InPlaceReview plan={inPlacePlan} startError={shownError} typed={typed} onType={setTyped} />
    ) : (
      <StepReview plan={madePlan} startError={shownError} />
    ),
  };

  return (
    <div className="grid gap-4 lg:grid-cols-[11rem_minmax(0,1fr)_17rem]">
      <WizardRail step={step} scope={wizard.draft.scope} onGo={go} />
      <div className="min-w-0">
        <h2
          key={step}
          tabIndex={-1}
          ref={(heading) => {
            if (heading === null || !isMoving.current) return;
            isMoving.current = false;
            heading.focus();
          }}
          className="mb-3 text-lg font-semibold outline-none"
        >
          {STEP_TITLES[step]}
        </h2>
        {wizard.error !== null && (
          <ErrorState what={t("what this step needs")} error={wizard.error} onRetry={wizard.retry} />
        )}
        {wizard.isLoading ? <StepSkeleton /> : steps[step]}
        <WizardFooter
          step={step}
          problem={problem}
          isBusy={isStarting}
          isDestructive={isInPlace}
          isFiles={scope === "files"}
          onBack={() => go(previousStep(step))}
          onForward={forward}
        />
      </div>
      <WizardSummary wizard={wizard} plan={plan.isCurrent ? plan.data : undefined} />
    </div>
  );
}

/** Why the plan on screen cannot be started: what is sent must be what was read. */
function planProblem(plan: ReturnType<typeof usePlan> | ReturnType<typeof useInPlacePlan>): string | null {
  if (plan.isError) return t("The plan could not be made; the reason is above.");
  if (!plan.isCurrent || plan.data === undefined) return t("The plan is being made…");
  return plan.data.isRunnable
    ? null
    : said(plan.data.checks.find((check) => check.level === "error")?.text ?? t("The checks above stop this plan."));
}

/** Overwriting asks for the name of the machine; a link cannot carry it. */
function nameProblem(name: string | undefined, typed: string): string | null {
  return name === undefined || typed.trim() === name
    ? null
    : t("Type the name of the machine, {name}, to overwrite its disks.", { name });
}

/** The concrete point on screen, so that leaving "When" fixes it in the URL even when it was the default. */
function chosenPoint(wizard: Wizard) {
  const { point } = wizard.choices;
  return point.kind === "chosen"
    ? { vm: wizard.draft.vm, image: point.point.imageId, inc: point.point.incrementId }
    : {};
}

function useForwardKey(onForward: () => void) {
  const latest = useRef(onForward);
  useEffect(() => {
    latest.current = onForward;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      latest.current();
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

function StepSkeleton() {
  return (
    <div className="space-y-3" role="status" aria-label={t("Loading this step")}>
      <Skeleton className="h-9 w-72" />
      <Skeleton className="h-40 w-full" />
      <Skeleton className="h-24 w-full" />
    </div>
  );
}
