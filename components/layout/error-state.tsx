"use client";

import { RotateCw } from "lucide-react";
import { t } from "../i18n/t";
import { errorView } from "../lib/error-message";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";

/** A part that could not be read: says why and tries again; the other parts of the page live on. */
export function ErrorState({ error, onRetry, what }: { error: unknown; onRetry?: () => void; what: string }) {
  const view = errorView(error);
  const title = view.isDenied ? t("You may not see {what}", { what }) : t("Could not read {what}", { what });
  return (
    <Notice
      tone={view.isDenied ? "neutral" : "danger"}
      title={title}
      isAlert
      actions={
        onRetry === undefined || view.isDenied ? undefined : (
          <Button size="sm" onClick={onRetry}>
            <RotateCw aria-hidden /> {t("Try again")}
          </Button>
        )
      }
    >
      <p>{view.message}</p>
    </Notice>
  );
}
