import { Check, type LucideIcon, OctagonX, TriangleAlert } from "lucide-react";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import type { CheckLevel } from "@/server/domain/restore";

const LOOKS: Record<CheckLevel, { icon: LucideIcon; word: string; tone: string }> = {
  ok: {
    icon: Check,
    get word() {
      return t("Fine");
    },
    tone: "text-success",
  },
  warning: {
    icon: TriangleAlert,
    get word() {
      return t("Look at this");
    },
    tone: "text-warning",
  },
  error: {
    icon: OctagonX,
    get word() {
      return t("Cannot go on");
    },
    tone: "text-danger",
  },
};
const ORDER: Record<CheckLevel, number> = { error: 0, warning: 1, ok: 2 };

/** The checks of a plan, what stops it first. */
export function PlanChecks({ checks }: { checks: readonly { id: string; level: CheckLevel; text: string }[] }) {
  const sorted = [...checks].sort((a, b) => ORDER[a.level] - ORDER[b.level]);
  return (
    <ul className="space-y-2">
      {sorted.map((check) => {
        const { icon: Icon, word, tone } = LOOKS[check.level];
        return (
          <li key={`${check.id} ${check.text}`} className="flex items-start gap-2" data-testid={`check-${check.id}`}>
            <Icon aria-hidden="true" className={`mt-0.5 size-4 shrink-0 ${tone}`} />
            <span className="min-w-0 wrap-anywhere">
              <span className={`font-medium ${tone}`}>{word}:</span> {said(check.text)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
