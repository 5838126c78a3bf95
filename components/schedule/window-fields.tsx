"use client";

import type { Blackout } from "@/server/domain/schedule/pause";
import { t } from "../i18n/t";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { DayToggles } from "./day-toggles";
import { WEEK_OPTIONS } from "./repeat-days";
import { ZoneField } from "./schedule-fields";

/** A weekly window: the days on which it begins, from, to, and the time zone. */
export function WindowFields(props: { legend: string; value: Blackout; onChange: (part: Partial<Blackout>) => void }) {
  const { value, onChange } = props;
  return (
    <>
      <DayToggles
        legend={props.legend}
        options={WEEK_OPTIONS}
        values={value.days}
        onChange={(days) => onChange({ days })}
        error={value.days.length === 0 ? t("Choose at least one.") : undefined}
      />
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t("From")}>
          {(control) => (
            <Input
              {...control}
              type="time"
              value={value.from}
              onChange={(event) => onChange({ from: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("To")} help={t("Before “from”: on the next day.")}>
          {(control) => (
            <Input
              {...control}
              type="time"
              value={value.to}
              onChange={(event) => onChange({ to: event.target.value })}
            />
          )}
        </Field>
        <ZoneField value={value.zone} onChange={(zone) => onChange({ zone })} error={undefined} />
      </div>
    </>
  );
}
