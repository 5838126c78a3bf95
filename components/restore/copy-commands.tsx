"use client";

import { rich, t } from "@/components/i18n/t";
import { CopyButton } from "@/components/timeline/copy-button";
import { Card } from "@/components/ui/card";
import type { RestoreCommands } from "@/server/domain/restore-commands";

/** The plan to hand on: as a link, a line for a terminal and a call of the API. */
export function CopyCommands({ commands }: { commands: RestoreCommands }) {
  return (
    <Card title={t("Hand this plan on")} data-testid="restore-commands">
      <p>
        <CopyButton text={window.location.href} label={t("Copy the link to this plan")}>
          {t("Copy link")}
        </CopyButton>
      </p>
      <p className="mb-3 text-sm text-muted">
        {t("Whoever opens it signs in, sees this plan made anew with their own rights, and starts it or not.")}
      </p>
      <Line label={t("Command")} text={commands.cli} />
      {commands.cliNote !== null && <p className="mt-1 text-sm text-muted">{commands.cliNote}</p>}
      <div className="mt-3">
        <Line label={t("API call")} text={commands.api} />
        <p className="mt-1 text-sm text-muted">
          {rich("It needs a token that may change things, in the variable {code}: Account → Tokens.", {
            code: <code>STRATA_TOKEN</code>,
          })}
        </p>
      </div>
    </Card>
  );
}

function Line({ label, text }: { label: string; text: string }) {
  return (
    <>
      <p className="flex flex-wrap items-center justify-between gap-2 font-medium">
        {label}
        <CopyButton text={text} label={t("Copy: {label}", { label })}>
          {t("Copy")}
        </CopyButton>
      </p>
      <code className="mt-1 block rounded-control bg-neutral-tint p-2 text-sm wrap-anywhere">{text}</code>
    </>
  );
}
