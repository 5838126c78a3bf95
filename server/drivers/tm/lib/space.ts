import { DriverError } from "../../action";
import type { Space } from "./probe";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** Left free for the guests on the same file system: running out there pauses them. */
const RESERVE_BYTES = 2 * GIB;
const RESERVE_SHARE = 0.05;

/**
 * Refuse a backup whose staged files would not fit, before the first byte is written; a restore, whose new disks would not.
 * @param bytes what the files will hold at most, metadata included
 */
export function requireSpace(bytes: number, space: Space, where: string, what: "backup" | "restore" = "backup"): void {
  const reserve = reserveOf(space);
  if (bytes + reserve <= space.available) return;
  const mib = (n: number) => `${Math.ceil(n / MIB)} MiB`;
  throw new DriverError(
    `Not enough space on ${where}: the ${what} needs ${mib(bytes)} and ${mib(reserve)} must stay free, ` +
      `but only ${mib(space.available)} are free. Free space there, or ${what === "backup" ? "back up" : "restore"} fewer disks.`,
  );
}

/** Bytes of a file system that backups leave free: the smaller of the two, so that a small one can be used at all. */
export function reserveOf(space: Space): number {
  return Math.min(space.size * RESERVE_SHARE, RESERVE_BYTES);
}
