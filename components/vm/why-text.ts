import { rpoWords } from "@/server/domain/compliance";
import type { VmRow } from "@/server/domain/vm";
import { t } from "../i18n/t";
import { formatDateTime } from "../lib/format";

type Asked = Pick<
  VmRow,
  | "protection"
  | "newestPointAt"
  | "target"
  | "lastError"
  | "excludedReason"
  | "runningActionId"
  | "jobId"
  | "jobName"
  | "nextRunAt"
>;

/** Why a VM is shown as it is: what happened, and what comes next; sentences for people, times in `zone`. */
export function whyProtection(vm: Asked, zone: string): string {
  return [...stateWords(vm, zone), ...nextWords(vm, zone)].join(" ");
}

function stateWords(vm: Asked, zone: string): string[] {
  const wanted = rpoWords(vm.target.rpoMinutes);
  const point =
    vm.newestPointAt === null
      ? t("It has no good point yet.")
      : t("Its newest good point is of {at}; one is wanted every {wanted}.", {
          at: formatDateTime(vm.newestPointAt, zone),
          wanted,
        });
  if (vm.protection === "excluded") return [t("It is left out: {reason}.", { reason: vm.excludedReason }), point];
  if (vm.protection === "protected") return [t("It is protected."), point];
  if (vm.lastError !== null) return [t("Its last backup failed: {error}", { error: vm.lastError }), point];
  return [point];
}

function nextWords(vm: Asked, zone: string): string[] {
  if (vm.runningActionId !== null) return [t("A backup waits or runs now.")];
  if (vm.nextRunAt !== null) return [t("The next run is on {at}.", { at: formatDateTime(vm.nextRunAt, zone) })];
  if (vm.jobId === null) return [t("It is in no job, and nothing is planned for it.")];
  return [t("Nothing is planned for it: look at the schedule of its job.")];
}
