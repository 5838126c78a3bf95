"use client";

import { useState } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { newestBefore } from "./point-choice";

/** "As it was at …": takes the newest restorable point up to a date and time of the viewer's clock. */
export function NewestBefore({ chains, onPick }: { chains: Chain[]; onPick: (point: RestorePoint) => void }) {
  const [text, setText] = useState("");
  const at = text === "" ? null : new Date(text).getTime();
  const isMissing = at !== null && !Number.isNaN(at) && newestBefore(chains, at) === null;

  function choose(value: string) {
    setText(value);
    const time = new Date(value).getTime();
    const point = Number.isNaN(time) ? null : newestBefore(chains, time);
    if (point !== null) onPick(point);
  }

  return (
    <Field label="Newest before" error={isMissing ? "No point is that old. Choose a later time." : undefined}>
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
