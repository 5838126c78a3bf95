"use client";

import { Plus, Trash2 } from "lucide-react";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
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
        <p className="text-muted">Without a schedule the job runs when somebody runs it.</p>
      ) : null}
      {values.map((schedule, index) => (
        <section
          key={schedule.key}
          aria-label={`Schedule ${index + 1}`}
          className="rounded-card border border-line p-3"
          data-testid={`schedule-${index}`}
        >
          <div className="mb-2 flex items-center justify-between">
            <h3 className="font-semibold">Schedule {index + 1}</h3>
            <Button
              variant="ghost"
              size="sm"
              aria-label={`Remove schedule ${index + 1}`}
              onClick={() => onChange(values.filter((one) => one.key !== schedule.key))}
            >
              <Trash2 aria-hidden /> Remove
            </Button>
          </div>
          {schedule.isFinished ? (
            <p className="text-muted">
              Finished: its last time was {schedule.date} {schedule.clock} ({schedule.zone}). It stays here until it is
              removed.
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
          <Plus aria-hidden /> Add schedule
        </Button>
      </div>
    </div>
  );
}
