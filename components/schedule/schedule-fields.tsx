"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { describeRule } from "@/components/schedule/rule-words";
import type { ScheduleInput, ScheduleParent } from "@/server/domain/schedule/action";
import type { Repeat } from "@/server/domain/schedule/rule";
import { useNow } from "../hooks/use-now";
import { t, words } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { formatDateTime } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Select } from "../ui/select";
import { RepeatDays } from "./repeat-days";
import { readSchedule, type ScheduleValues } from "./schedule-values";

const REPEAT_WORDS: Record<Repeat, string> = words({
  weekly: "Days of the week",
  monthly: "Days of the month",
  yearly: "Days of the year",
  hourly: "Every so many hours",
  none: "Once",
});

interface ScheduleFieldsProps {
  values: ScheduleValues;
  onChange: (values: ScheduleValues) => void;
  parentType: ScheduleParent;
}

/** The builder: when, in which zone, until when; below it the same as a sentence, and the next runs by the core. */
export function ScheduleFields({ values, onChange, parentType }: ScheduleFieldsProps) {
  const now = useNow();
  const read = readSchedule(values, now);
  const errors = read.errors ?? {};
  const set = (part: Partial<ScheduleValues>) => onChange({ ...values, ...part });
  const isRepeated = values.repeat !== "none";
  return (
    <div className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("Repeats")}>
          {(control) => (
            <Select {...control} value={values.repeat} onChange={(event) => set({ ...repeatPart(event.target.value) })}>
              {Object.entries(REPEAT_WORDS).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("Time")} error={errors.clock}>
          {(control) => (
            <Input
              {...control}
              type="time"
              step={values.clock.length > 5 ? 1 : undefined}
              value={values.clock}
              onChange={(event) => set({ clock: event.target.value })}
            />
          )}
        </Field>
      </div>
      <RepeatDays values={values} set={set} error={errors.days} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={isRepeated ? t("From") : t("On")} error={errors.date}>
          {(control) => (
            <Input
              {...control}
              type="date"
              value={values.date}
              onChange={(event) => set({ date: event.target.value })}
            />
          )}
        </Field>
        <ZoneField value={values.zone} onChange={(zone) => set({ zone })} error={errors.zone} />
        {isRepeated ? <EndFields values={values} set={set} error={errors.end} /> : null}
        <Field label={t("If its time passes while Strata is down")}>
          {(control) => (
            <Select
              {...control}
              value={values.catchUp}
              onChange={(event) => set({ catchUp: event.target.value === "skip" ? "skip" : "once" })}
            >
              <option value="once">{t("Run once as soon as possible")}</option>
              <option value="skip">{t("Skip it, wait for the next time")}</option>
            </Select>
          )}
        </Field>
      </div>
      {read.rule === null ? null : (
        <div className="rounded-card border border-line bg-bg p-3" data-testid="schedule-twin">
          <p className="font-medium first-letter:uppercase">{describeRule(read.rule)}</p>
          <Preview input={read.input} parentType={parentType} />
        </div>
      )}
    </div>
  );
}

/** Changing the kind of repeat changes what the days mean. */
function repeatPart(value: string): Partial<ScheduleValues> {
  if (value === "weekly") return { repeat: value, days: [0, 1, 2, 3, 4, 5, 6] };
  if (value === "monthly") return { repeat: value, days: [1] };
  if (value === "yearly") return { repeat: value, days: [0] };
  if (value === "hourly") return { repeat: value, days: [4] };
  return { repeat: "none", days: [] };
}

/** Any zone that the browser knows, and any other by its name. */
export function ZoneField(props: { value: string; onChange: (zone: string) => void; error: string | undefined }) {
  const listId = useId();
  return (
    <Field label={t("Time zone")} error={props.error}>
      {(control) => (
        <>
          <Input
            {...control}
            list={listId}
            value={props.value}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => props.onChange(event.target.value)}
          />
          <datalist id={listId}>
            {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

function EndFields(props: {
  values: ScheduleValues;
  set: (part: Partial<ScheduleValues>) => void;
  error: string | undefined;
}) {
  const { values, set, error } = props;
  return (
    <>
      <Field label={t("Ends")}>
        {(control) => (
          <Select
            {...control}
            value={values.endType}
            onChange={(event) => {
              const { value } = event.target;
              set({ endType: value === "times" || value === "date" ? value : "never" });
            }}
          >
            <option value="never">{t("Never")}</option>
            <option value="times">{t("After a number of repeats")}</option>
            <option value="date">{t("On a date")}</option>
          </Select>
        )}
      </Field>
      {values.endType === "times" ? (
        <Field label={t("Repeats after the next run")} error={error}>
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              value={values.endTimes}
              onChange={(event) => set({ endTimes: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {values.endType === "date" ? (
        <Field label={t("Last day")} error={error}>
          {(control) => (
            <Input
              {...control}
              type="date"
              value={values.endDate}
              onChange={(event) => set({ endDate: event.target.value })}
            />
          )}
        </Field>
      ) : null}
    </>
  );
}

function Preview({ input, parentType }: { input: ScheduleInput; parentType: ScheduleParent }) {
  const trpc = useTRPC();
  const { data, error } = useQuery(
    trpc.schedule.preview.queryOptions(
      { parentType, schedule: input },
      { placeholderData: keepPreviousData, staleTime: 60_000, retry: false },
    ),
  );
  if (error !== null) return <p className="mt-1 text-danger">{errorMessage(error)}</p>;
  if (data === undefined) return null;
  return (
    <details className="mt-1">
      <summary className="cursor-pointer text-primary">
        {t("Next {timesCount, plural, one {run} other {{timesCount} runs}}", { timesCount: data.times.length })}
      </summary>
      <ol className="mt-1 list-decimal space-y-0.5 ps-7 text-sm">
        {data.times.map((time) => (
          <li key={time}>{formatDateTime(time, data.zone)}</li>
        ))}
      </ol>
    </details>
  );
}
