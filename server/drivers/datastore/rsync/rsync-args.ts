import { DriverError } from "../../action";

/**
 * Options of rsync that an operator may set. Everything else is refused: `-e`, `--rsync-path`, `--log-file`,
 * `--files-from`, `--remove-source-files`, `--delete*`, `--write-batch` and `-M` each run code, overwrite files or lose
 * data without any shell.
 */
const FLAGS = new Set([
  "--archive",
  "--compress",
  "--sparse",
  "--inplace",
  "--whole-file",
  "--partial",
  "--numeric-ids",
]);
const SHORT_FLAGS = /^-[azSW]{1,4}$/;
const VALUES: readonly RegExp[] = [
  /^--bwlimit=\d{1,9}(\.\d{1,3})?[KMGkmg]?$/,
  /^--timeout=\d{1,6}$/,
  /^--(zc|compress-choice)=(zstd|lz4|zlibx|zlib|none)$/,
  /^--(zl|compress-level)=\d{1,2}$/,
];

/**
 * RSYNC_ARGS as words for argv; empty when none are given (then an ssh stream moves the files).
 * @throws DriverError naming the first option that is not allowed
 */
export function parseRsyncArgs(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  for (const word of words) {
    if (FLAGS.has(word) || SHORT_FLAGS.test(word) || VALUES.some((pattern) => pattern.test(word))) continue;
    throw new DriverError(
      `RSYNC_ARGS: ${JSON.stringify(word)} is not allowed. Allowed: -a -z -S -W --inplace --partial --numeric-ids --bwlimit= --timeout= --zc= --zl=.`,
    );
  }
  return words;
}
