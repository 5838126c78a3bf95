"use client";

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { t } from "@/components/i18n/t";

/** Puts `text` on the clipboard and says so in place; a refused clipboard says that too. */
export function CopyButton({ text, label, children }: { text: string; label: string; children?: string }) {
  const [outcome, setOutcome] = useState<"none" | "copied" | "refused">("none");
  const Icon = outcome === "copied" ? Check : Copy;
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("refused");
    }
  }
  return (
    <span className="inline-flex shrink-0 items-center gap-1">
      <button
        type="button"
        aria-label={children === undefined ? label : undefined}
        title={label}
        onClick={() => void copy()}
        className="inline-flex min-h-6 min-w-6 items-center justify-center gap-1.5 rounded-control text-sm text-primary hover:bg-primary-tint"
      >
        <Icon aria-hidden="true" className="size-3.5" />
        {children}
      </button>
      <span role="status" className="text-xs text-muted">
        {t(
          "{isCopied, select, yes {Copied} other {}}{isRefused, select, yes {The browser refused the clipboard; select the text instead} other {}}",
          { isCopied: outcome === "copied" ? "yes" : "no", isRefused: outcome === "refused" ? "yes" : "no" },
        )}
      </span>
    </span>
  );
}
