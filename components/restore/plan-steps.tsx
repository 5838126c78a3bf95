import { said } from "@/components/i18n/said";
import { formatBytes } from "@/components/lib/format";
import type { PlanStep } from "@/server/domain/restore";

/** The numbered steps of a plan with the bytes each one moves. */
export function PlanSteps({ steps }: { steps: readonly PlanStep[] }) {
  return (
    <ol className="list-decimal space-y-1.5 ps-6 marker:text-muted">
      {steps.map((step) => (
        <li key={step.id} className="ps-1">
          <span className="flex flex-wrap justify-between gap-x-4">
            <span className="min-w-0 wrap-anywhere">{said(step.text)}</span>
            {step.bytes > 0 && <span className="text-muted">{formatBytes(step.bytes)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
