"use client";

import { useState } from "react";
import { useZone } from "@/components/hooks/use-zone";
import { t } from "@/components/i18n/t";
import { formatDateTime } from "@/components/lib/format";
import { newestBefore } from "@/components/restore/point-choice";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { parseDatePhrase } from "./date-phrase";

/** "yesterday 02:00", "monday", "3 days ago": Enter goes to the newest restorable point up to then. */
export function JumpToDate({ chains, onPick }: { chains: Chain[]; onPick: (point: RestorePoint) => void }) {
  const [text, setText] = useState("");
  const [now] = useState(() => Date.now());
  const { zone } = useZone();
  const span = text.trim() === "" ? null : parseDatePhrase(text, { now, zone, direction: "past" });
  const point = span === null ? null : newestBefore(chains, span.to);
  const [wasAsked, setWasAsked] = useState(false);
  const error =
    text.trim() === "" || !wasAsked || point !== null
      ? undefined
      : span === null
        ? t("Say a time such as “yesterday 02:00”, “monday” or “2026-03-04”.")
        : t("No point is that old. Name a later time.");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setWasAsked(true);
        if (point !== null) onPick(point);
      }}
    >
      <Field
        label={t("Go to a date")}
        error={error}
        help={point === null ? undefined : t("Enter: the point of {at}", { at: formatDateTime(point.at, zone) })}
      >
        {(control) => (
          <Input
            {...control}
            value={text}
            maxLength={60}
            placeholder={t("yesterday 02:00")}
            className="w-64"
            onChange={(event) => {
              setText(event.target.value);
              setWasAsked(false);
            }}
          />
        )}
      </Field>
    </form>
  );
}
