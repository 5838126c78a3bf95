import type { ActionRow } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { formatBytes, formatEta, formatRate, percentOf } from "../lib/format";
import { PHASE_WORDS } from "../lib/words";

/** Whole percent of the present phase, null when its size is not known or nothing runs. */
export function actionPercent(action: Pick<ActionRow, "state" | "progress">): number | null {
  if (action.state === "DONE") return 100;
  if (isFinal(action.state) || action.state === "PENDING" || action.progress.total === 0) return null;
  return percentOf(action.progress.done, action.progress.total);
}

/** Progress in words: phase, share, bytes, rate, time left. */
export function progressText(
  action: Pick<ActionRow, "state" | "isCancelling" | "progress" | "waitReason" | "queue">,
): string {
  if (action.isCancelling) return t("Cancelling: stops at the next safe place and cleans up");
  if (action.state === "PENDING") return queueText(action);
  const { phase, done, total, rate } = action.progress;
  const percent = actionPercent(action);
  const parts = [
    percent === null ? PHASE_WORDS[phase] : `${PHASE_WORDS[phase]} ${percent} %`,
    total > 0 ? t("{done} of {total}", { done: formatBytes(done), total: formatBytes(total) }) : null,
    rate === null ? null : formatRate(rate),
    formatEta(done, total, rate),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** Its place in the queue, when others wait too, and what it waits for. */
function queueText({ queue, waitReason }: Pick<ActionRow, "waitReason" | "queue">): string {
  if (waitReason === null) return t("Queued");
  const reason = said(waitReason);
  if (queue == null || queue.of < 2) return t("Queued: {waitReason}", { waitReason: reason });
  const { place, of } = queue;
  return t("Queued, place {place} of {of}: {waitReason}", { place, of, waitReason: reason });
}
