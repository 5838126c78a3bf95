"use client";

import { useState } from "react";
import { useZone } from "@/components/hooks/use-zone";
import { t } from "@/components/i18n/t";
import { zoneName } from "@/components/lib/format";
import { timeInZone } from "@/components/timeline/zone-offset";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { newestBefore } from "./point-choice";

/** "As it was at …": takes the newest restorable point up to a date and time on the clock that the page shows. */
export function NewestBefore({ chains, onPick }: { chains: Chain[]; onPick: (point: RestorePoint) => void }) {
  const [text, setText] = useState("");
  const { zone } = useZone();
  const at = timeInZone(text, zone);
  const isMissing = !Number.isNaN(at) && newestBefore(chains, at) === null;

  function choose(value: string) {
    setText(value);
    const time = timeInZone(value, zone);
    const point = Number.isNaN(time) ? null : newestBefore(chains, time);
    if (point !== null) onPick(point);
  }

  return (
    <Field
      label={t("Newest before, {zone}", { zone: Number.isNaN(at) ? zone : zoneName(zone, at) })}
      error={isMissing ? t("No point is that old. Choose a later time.") : undefined}
    >
      {(control) => (
        <Input
          {...control}
          type="datetime-local"
          value={text}
          onChange={(event) => choose(event.target.value)}
          className="w-56"
        />
      )}
    </Field>
  );
}
