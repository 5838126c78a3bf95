import { t } from "../i18n/t";

const NEEDS_SYSTEMD = () => t("Needs systemd on that machine; without it the run says so and goes on.");

/** How far the programs of a datastore step back for others: the same words wherever they are set. */
export const STEP_BACK_FIELDS = [
  {
    name: "nice",
    kind: "number",
    label: () => t("Niceness"),
    help: () => t("0 to 19: how far transfers step back for other programs."),
  },
  {
    name: "ionice",
    kind: "number",
    label: () => t("I/O niceness"),
    help: () => t("0 to 7, for disks that are shared with guests."),
  },
  { name: "cpuQuota", kind: "number", label: () => t("CPU in percent of one processor"), help: NEEDS_SYSTEMD },
  { name: "memoryMaxMb", kind: "number", label: () => t("Memory in MiB"), help: NEEDS_SYSTEMD },
  { name: "maxReadIops", kind: "number", label: () => t("Reads a second"), help: NEEDS_SYSTEMD },
  { name: "maxWriteIops", kind: "number", label: () => t("Writes a second"), help: NEEDS_SYSTEMD },
] as const;
