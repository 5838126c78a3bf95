/**
 * What a heavy command may take of its machine: `<DRIVER>_NICE`, `_IONICE`, `_MAX_RIOPS`, `_MAX_WIOPS`, `_CPU_QUOTA`,
 * `_MEMORY_MAX_MB` of a datastore (drivers-and-core §4.7). The last four need systemd on that machine; where there is
 * none the command runs without them and says so.
 */
import { DriverError } from "../action";
import type { XmlElement } from "../xml";
import { attribute } from "./attribute";

export interface Limits {
  /** `-1` and unset: none. The texts are decimal numbers within the bounds of RANGES. */
  readonly words: readonly string[];
}

/** Attribute after the prefix → least and most. The order is that of LIMITS_FUNCTION's parameters. */
const RANGES = [
  ["NICE", 0, 19],
  ["IONICE", 0, 7],
  ["CPU_QUOTA", 1, 100_000],
  ["MEMORY_MAX_MB", 16, 1_000_000_000],
  ["MAX_RIOPS", 1, 1_000_000_000],
  ["MAX_WIOPS", 1, 1_000_000_000],
] as const;

/** How many positional parameters LIMITS_FUNCTION takes: the ranges above, the slice, and the path for the IOPS. */
export const LIMIT_WORDS = RANGES.length + 2;

/** A stderr line of LIMITS_FUNCTION: the limits that need systemd were left out. */
export const NO_SYSTEMD = "strata: no systemd: limits of IOPS, CPU and memory are left out";

/**
 * Read the limits of a datastore.
 * @param prefix the driver's name in capitals
 * @param ioPath file or folder whose block device the IOPS limits are for
 * @throws DriverError naming the attribute
 */
export function parseLimits(datastore: XmlElement, prefix: string, datastoreId: number): (ioPath: string) => Limits {
  const values = RANGES.map(([name, least, most]) => {
    const text = attribute(datastore, `${prefix}_${name}`);
    if (text === "" || text === "-1") return "";
    // Upstream writes the quota with a percent sign.
    const digits = /^(\d{1,10})%?$/.exec(text)?.[1];
    if (digits === undefined || Number(digits) < least || Number(digits) > most) {
      throw new DriverError(`${prefix}_${name} must be a number from ${least} to ${most}.`);
    }
    return digits;
  });
  return (ioPath) => ({ words: [...values, `backup.${datastoreId}.slice`, ioPath] });
}

/**
 * Shell function: \`limit_words <LIMIT_WORDS words>\` fills the array \`limited\` with what goes before a command. The
 * slice is shared by all commands of a datastore on that machine, so its limits hold for them together.
 */
export const LIMITS_FUNCTION = `
limited=()
limit_words() {
  local nice=$1 ionice=$2 cpu=$3 memory=$4 reads=$5 writes=$6 slice=$7 path=$8 manager=--user
  local -a properties=()
  if [ -n "$cpu$memory$reads$writes" ]; then
    if [ "$(id -u)" = 0 ]; then manager=--system; fi
    if [ -n "$cpu" ]; then properties+=("CPUQuota=$cpu%"); fi
    if [ -n "$memory" ]; then properties+=("MemoryMax=\${memory}M"); fi
    if [ -n "$reads" ]; then properties+=("IOReadIOPSMax=$path $reads"); fi
    if [ -n "$writes" ]; then properties+=("IOWriteIOPSMax=$path $writes"); fi
    if command -v systemd-run >/dev/null 2>&1 && systemctl "$manager" show-environment >/dev/null 2>&1 &&
      systemctl "$manager" set-property --runtime -- "$slice" "\${properties[@]}" >/dev/null 2>&1; then
      limited+=(systemd-run "$manager" --scope --quiet --collect "--slice=$slice" --)
    else
      echo '${NO_SYSTEMD}' >&2
    fi
  fi
  if [ -n "$ionice" ]; then limited+=(ionice -c2 -n "$ionice"); fi
  if [ -n "$nice" ]; then limited+=(nice -n "$nice"); fi
}
`;
