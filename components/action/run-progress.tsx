"use client";

import type { ActionRow } from "@/server/domain/action";
import { isFinal } from "@/server/domain/states";
import { t } from "../i18n/t";
import { formatBytes, percentOf } from "../lib/format";
import { Card } from "../ui/card";
import { Progress } from "../ui/progress";
import { ActionProgress } from "./action-progress";
import { PhaseBar } from "./phase-bar";
import { RateChart } from "./rate-chart";

/** Phases with their times, the whole, and each disk. */
export function RunProgress({ action }: { action: ActionRow }) {
  const { disks } = action.progress;
  const isOver = isFinal(action.state);
  return (
    <Card title={t("Progress")}>
      <div className="space-y-4">
        <ActionProgress action={action} />
        <PhaseBar action={action} />
        <RateChart rates={action.progress.rates ?? []} />
        {disks.length === 0 || action.state === "PENDING" ? null : (
          <section aria-labelledby={`disks-${action.id}`}>
            <h3 id={`disks-${action.id}`} className="mb-2 font-medium">
              {t("Disks")}
            </h3>
            <ul className="space-y-3">
              {disks.map((disk) => (
                <li key={disk.diskId} className="grid grid-cols-[4.5rem_minmax(0,1fr)] items-start gap-3">
                  <span>{t("Disk {diskId}", { diskId: disk.diskId })}</span>
                  <Progress
                    label={t("Disk {diskId}", { diskId: disk.diskId })}
                    percent={disk.total === 0 && !isOver ? null : percentOf(disk.done, disk.total)}
                    tone={disk.total > 0 && disk.done >= disk.total ? "success" : isOver ? "neutral" : "running"}
                    text={diskText(disk)}
                  />
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Card>
  );
}

function diskText(disk: { done: number; total: number }): string {
  if (disk.total === 0) return disk.done === 0 ? t("Not started") : formatBytes(disk.done);
  return t("{done} of {total}, {percentOf} %", {
    done: formatBytes(disk.done),
    total: formatBytes(disk.total),
    percentOf: percentOf(disk.done, disk.total),
  });
}
