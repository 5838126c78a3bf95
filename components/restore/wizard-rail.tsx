import { Check } from "lucide-react";
import { t, words } from "@/components/i18n/t";
import { cn } from "@/components/lib/cn";
import { type RestoreScope, stepsOf, type WizardStep } from "./wizard-state";

export const STEP_TITLES: Record<WizardStep, string> = words({
  what: "What",
  when: "When",
  disks: "Disks",
  where: "Where and how",
  review: "Review",
});

/** The steps; those before the present one can be opened again. */
export function WizardRail({
  step,
  scope,
  onGo,
}: {
  step: WizardStep;
  scope: RestoreScope;
  onGo: (step: WizardStep) => void;
}) {
  const steps = stepsOf(scope);
  const current = steps.indexOf(step);
  return (
    <nav aria-label={t("Steps of the restore")} className="min-w-0">
      <ol className="flex flex-wrap gap-1 lg:flex-col">
        {steps.map((name, index) => (
          <li key={name}>
            <button
              type="button"
              aria-current={index === current ? "step" : undefined}
              disabled={index > current}
              onClick={() => onGo(name)}
              data-testid={`wizard-step-${name}`}
              className={cn(
                "flex min-h-9 w-full items-center gap-2 rounded-control px-2 text-start whitespace-nowrap text-muted",
                index < current && "hover:bg-neutral-tint",
                index === current && "bg-primary-tint font-semibold text-text",
              )}
            >
              <StepMark number={index + 1} isDone={index < current} />
              <span className={cn(index !== current && "max-sm:sr-only")}>{STEP_TITLES[name]}</span>
              {index < current && <span className="sr-only">{t("(done, open again)")}</span>}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function StepMark({ number, isDone }: { number: number; isDone: boolean }) {
  return (
    <span
      aria-hidden="true"
      className="flex size-6 shrink-0 items-center justify-center rounded-full border border-control text-sm"
    >
      {isDone ? <Check className="size-3.5 text-success" /> : number}
    </span>
  );
}
