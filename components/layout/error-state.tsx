"use client";

import { RotateCw } from "lucide-react";
import { errorView } from "../lib/error-message";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";

/** A part that could not be read: says why and tries again; the other parts of the page live on. */
export function ErrorState({ error, onRetry, what }: { error: unknown; onRetry?: () => void; what: string }) {
  const view = errorView(error);
  const title = view.isDenied ? `You may not see ${what}` : `Could not read ${what}`;
  return (
    <Notice
      tone={view.isDenied ? "neutral" : "danger"}
      title={title}
      isAlert
      actions={
        onRetry === undefined || view.isDenied ? undefined : (
          <Button size="sm" onClick={onRetry}>
            <RotateCw aria-hidden /> Try again
          </Button>
        )
      }
    >
      <p>{view.message}</p>
    </Notice>
  );
}
