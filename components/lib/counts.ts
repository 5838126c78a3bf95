import { t } from "../i18n/t";
import { formatCount } from "./format";

/** `1 point`, `1,200 points`. */
export function pointCount(count: number): string {
  return t("{count, plural, one {1 point} other {{shown} points}}", { count, shown: formatCount(count) });
}

/** `1 backup`, `1,200 backups`. */
export function backupCount(count: number): string {
  return t("{count, plural, one {1 backup} other {{shown} backups}}", { count, shown: formatCount(count) });
}

/** `1 VM`, `1,200 VMs`. */
export function vmCount(count: number): string {
  return t("{count, plural, one {1 VM} other {{shown} VMs}}", { count, shown: formatCount(count) });
}
