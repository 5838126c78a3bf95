"use client";

import { type Gfs, NO_GFS, PERIODS, type Period } from "@/server/domain/retention-policy";
import { useZone } from "../hooks/use-zone";
import { t, words } from "../i18n/t";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";

interface GfsFieldsProps {
  value: Gfs;
  /** With KEEP_LAST, because a preset sets both; numbers that are not complete are NaN. */
  onChange: (change: { gfs: Gfs; keepLast?: number }) => void;
  error?: string | undefined;
}

const LABELS: Record<Period, string> = words({
  hourly: "Hours",
  daily: "Days",
  weekly: "Weeks",
  monthly: "Months",
  yearly: "Years",
});

const PRESETS: readonly { label: string; keepLast: number; gfs: Gfs }[] = [
  { label: "7 d, 4 w, 12 m", keepLast: 3, gfs: { ...NO_GFS, daily: 7, weekly: 4, monthly: 12 } },
  { label: "14 d, 8 w, 24 m, 5 y", keepLast: 3, gfs: { ...NO_GFS, daily: 14, weekly: 8, monthly: 24, yearly: 5 } },
];

/** How many hours, days, weeks, months and years keep their newest point. */
export function GfsFields({ value, onChange, error }: GfsFieldsProps) {
  const { zones } = useZone();
  const isSet = PERIODS.some((period) => value[period] !== 0);
  return (
    <fieldset className="grid min-w-0 gap-3">
      <legend className="mb-1 font-medium">{t("Keep the newest point of each of the last …")}</legend>
      <p className="text-sm text-muted">
        {t(
          "0 is no rule. With any of these, “keep” above counts points of all chains and 0 there is no rule of its own. A point stays as long as one rule wants it, and in a chain as long as a later point that stays needs it.",
        )}
      </p>
      <div className="flex flex-wrap gap-2">
        {PRESETS.map((preset) => (
          <Button
            key={preset.label}
            size="sm"
            onClick={() => onChange({ keepLast: preset.keepLast, gfs: { ...preset.gfs, zone: value.zone } })}
          >
            {preset.label}
          </Button>
        ))}
        <Button
          size="sm"
          disabledReason={isSet ? null : t("No rule is set.")}
          onClick={() => onChange({ gfs: { ...NO_GFS, zone: value.zone } })}
        >
          {t("No such rules")}
        </Button>
      </div>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        {PERIODS.map((period) => (
          <Field key={period} label={LABELS[period]}>
            {(control) => (
              <Input
                {...control}
                type="number"
                inputMode="numeric"
                min={0}
                max={1000}
                value={Number.isNaN(value[period]) ? "" : value[period]}
                onChange={(event) => onChange({ gfs: { ...value, [period]: event.target.valueAsNumber } })}
                data-testid={`gfs-${period}`}
              />
            )}
          </Field>
        ))}
      </div>
      {isSet ? (
        <Field
          label={t("Time zone of days and weeks")}
          help={t("A name like Europe/Madrid. Empty: {server}, that of Strata.", { server: zones.server })}
          error={error}
          className="max-w-xs"
        >
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={value.zone ?? ""}
              onChange={(event) => {
                const zone = event.target.value.trim();
                onChange({ gfs: { ...value, zone: zone === "" ? null : zone } });
              }}
            />
          )}
        </Field>
      ) : error === undefined ? null : (
        <p role="alert" className="text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}
