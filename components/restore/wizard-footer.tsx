import { rich, t } from "@/components/i18n/t";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import type { WizardStep } from "./wizard-state";

interface WizardFooterProps {
  step: WizardStep;
  /** Why the step cannot be left, null when it can. */
  problem: string | null;
  isBusy: boolean;
  /** The last step overwrites something. */
  isDestructive: boolean;
  /** The point is browsed, not restored. */
  isFiles: boolean;
  onBack: () => void;
  onForward: () => void;
}

/** Back and forward; the reason why not is in words beside the button, not only in its tooltip. */
export function WizardFooter({ step, problem, isBusy, isDestructive, isFiles, onBack, onForward }: WizardFooterProps) {
  return (
    <div className="sticky bottom-0 z-20 max-md:bottom-14 mt-6 flex flex-wrap items-center justify-end gap-3 border-t border-line bg-bg py-3">
      <p role="status" className="min-w-0 flex-1 basis-40 text-sm text-muted">
        {problem ?? (
          <span className="max-md:hidden">
            {rich("{kbd} {kbd2} {isReview, select, yes {starts} other {continues}}", {
              kbd: <Kbd>Ctrl</Kbd>,
              kbd2: <Kbd>Enter</Kbd>,
              isReview: step === "review" ? "yes" : "no",
            })}
          </span>
        )}
      </p>
      <div className="flex gap-3">
        {step !== "what" && <Button onClick={onBack}>{t("Back")}</Button>}
        <Button
          variant={isDestructive && step === "review" ? "danger" : "primary"}
          disabledReason={problem}
          isBusy={isBusy}
          onClick={onForward}
          data-testid={step === "review" ? "restore-start" : "wizard-continue"}
        >
          {forwardText({ step, isDestructive, isFiles })}
        </Button>
      </div>
    </div>
  );
}

function forwardText({ step, isDestructive, isFiles }: Pick<WizardFooterProps, "step" | "isDestructive" | "isFiles">) {
  if (step === "when" && isFiles) return t("Browse files");
  if (step !== "review") return t("Continue");
  return isDestructive ? t("Overwrite the disks") : t("Start restore");
}
