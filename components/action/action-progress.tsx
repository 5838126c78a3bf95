"use client";

import type { ActionRow } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { Progress } from "../ui/progress";
import { actionTitle } from "./action-title";
import { actionPercent, progressText } from "./progress-text";

/** Bar and words of a run that waits or works; nothing when it is over. */
export function ActionProgress({ action }: { action: ActionRow }) {
  if (isFinal(action.state)) return null;
  const text = progressText(action);
  if (action.state === "PENDING") return <p className="text-sm text-muted">{text}</p>;
  return <Progress label={actionTitle(action)} percent={actionPercent(action)} text={text} />;
}
