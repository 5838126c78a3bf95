"use client";

import { Plus, Trash2 } from "lucide-react";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { ScheduleFields } from "./schedule-fields";
import { newSchedule, type ScheduleValues } from "./schedule-values";

/** The schedules of a job in its form. */
export function ScheduleListField(props: {
  values: readonly ScheduleValues[];
  onChange: (values: ScheduleValues[]) => void;
}) {
  const { values, onChange } = props;
  const now = useNow();
  const { zones } = useZone();
  if (now === 0) return null;
  return (
    <div className="grid gap-4">
      {values.length === 0 ? (
        <p className="text-muted">{t("Without a schedule the job runs when somebody runs it.")}</p>
      ) : null}
      {values.map((schedule, index) => (
        <section
          key={schedule.key}
          aria-label={t("Schedule {index}", { index: index + 1 })}
          className="rounded-card border border-line p-3"
          data-testid={`schedule-${index}`}
        >
          <div className="mb-2 flex items-center justify-between">
            <h3 className="font-semibold">{t("Schedule {index}", { index: index + 1 })}</h3>
            <Button
              variant="ghost"
              size="sm"
              aria-label={t("Remove schedule {index}", { index: index + 1 })}
              onClick={() => onChange(values.filter((one) => one.key !== schedule.key))}
            >
              <Trash2 aria-hidden /> {t("Remove")}
            </Button>
          </div>
          {schedule.isFinished ? (
            <p className="text-muted">
              {t("Finished: its last time was {date} {clock} ({zone}). It stays here until it is removed.", {
                date: schedule.date,
                clock: schedule.clock,
                zone: schedule.zone,
              })}
            </p>
          ) : (
            <ScheduleFields
              values={schedule}
              parentType="BACKUPJOB"
              onChange={(next) => onChange(values.map((one) => (one.key === schedule.key ? next : one)))}
            />
          )}
        </section>
      ))}
      <div>
        <Button onClick={() => onChange([...values, newSchedule(zones.server, now)])}>
          <Plus aria-hidden /> {t("Add schedule")}
        </Button>
      </div>
    </div>
  );
}
