"use client";

import { dayOfYearText, weekdayName } from "@/components/schedule/rule-words";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { DayToggles } from "./day-toggles";
import type { ScheduleValues } from "./schedule-values";

/** Monday first. */
export const WEEK_OPTIONS = [1, 2, 3, 4, 5, 6, 0].map((value) => ({
  value,
  get label() {
    return weekdayName(value).slice(0, 3);
  },
  get name() {
    return weekdayName(value);
  },
}));
const MONTH_OPTIONS = Array.from({ length: 31 }, (_, index) => ({
  value: index + 1,
  label: String(index + 1),
  get name() {
    return t("Day {day}", { day: index + 1 });
  },
}));
/** 2023: a year that is not a leap year, as stored days of the year are read. */
const YEAR = 2023;
const DAY_MS = 86_400_000;

/** The days of a rule: of the week, of the month, of the year, or its number of hours. */
export function RepeatDays(props: {
  values: ScheduleValues;
  set: (part: Partial<ScheduleValues>) => void;
  error: string | undefined;
}) {
  const { values, set, error } = props;
  const onChange = (days: number[]) => set({ days });
  if (values.repeat === "weekly") {
    return (
      <DayToggles legend={t("Days")} options={WEEK_OPTIONS} values={values.days} onChange={onChange} error={error} />
    );
  }
  if (values.repeat === "monthly") {
    return (
      <>
        <DayToggles legend={t("Days")} options={MONTH_OPTIONS} values={values.days} onChange={onChange} error={error} />
        {values.days.some((day) => day > 28) ? (
          <p className="text-sm text-warning">
            {t(
              "A month without such a day counts on into the next one, as OpenNebula does: look at the next runs below.",
            )}
          </p>
        ) : null}
      </>
    );
  }
  if (values.repeat === "hourly") {
    return (
      <Field label={t("Hours between two runs")} error={error}>
        {(control) => (
          <Input
            {...control}
            type="number"
            min={1}
            max={167}
            className="max-w-40"
            value={Number.isNaN(values.days[0]) ? "" : (values.days[0] ?? "")}
            onChange={(event) => onChange([event.target.value === "" ? Number.NaN : Number(event.target.value)])}
          />
        )}
      </Field>
    );
  }
  return values.repeat === "yearly" ? <YearDays values={values.days} onChange={onChange} error={error} /> : null;
}

function YearDays(props: { values: number[]; onChange: (days: number[]) => void; error: string | undefined }) {
  const { values, onChange, error } = props;
  return (
    <div>
      <Field
        label={t("Add a day")}
        error={error}
        help={t("Kept as the number of the day in the year: in a leap year, from March on, it is a day earlier.")}
      >
        {(control) => (
          <Input
            {...control}
            type="date"
            min={`${YEAR}-01-01`}
            max={`${YEAR}-12-31`}
            className="max-w-56"
            value=""
            onChange={(event) => {
              const at = Date.parse(event.target.value);
              if (Number.isNaN(at)) return;
              const chosen = new Date(at);
              const day = (Date.UTC(YEAR, chosen.getUTCMonth(), chosen.getUTCDate()) - Date.UTC(YEAR, 0, 1)) / DAY_MS;
              onChange([...new Set([...values, day])].sort((a, b) => a - b));
            }}
          />
        )}
      </Field>
      <ul className="mt-2 flex flex-wrap gap-1">
        {values.map((day) => (
          <li key={day}>
            <Button
              size="sm"
              aria-label={t("Remove {dayOfYearText}", { dayOfYearText: dayOfYearText(day) })}
              onClick={() => onChange(values.filter((one) => one !== day))}
            >
              {dayOfYearText(day)} ✕
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
