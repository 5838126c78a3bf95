/** A fixed script under the limits of a datastore. */
import { BASH } from "../../lib/ssh";
import type { DriverLog } from "../action";
import { LIMIT_WORDS, LIMITS_FUNCTION, type Limits, NO_SYSTEMD } from "./limits";

/** The script and its parameters come after the words of the limits. */
const LIMITED = `
${LIMITS_FUNCTION}
limit_words "\${@:1:${LIMIT_WORDS}}"
shift ${LIMIT_WORDS}
exec "\${limited[@]}" "$@"
`;

/** Whether anything is limited; the last two words are the slice and the path. */
export function hasLimits({ words }: Limits): boolean {
  return words.slice(0, -2).some((word) => word !== "");
}

/** `script` with its parameters, so that all it starts stays within `limits`; the same two when there are none. */
export function limitedScript(
  limits: Limits,
  script: string,
  args: readonly string[],
): { script: string; args: string[] } {
  if (!hasLimits(limits)) return { script, args: [...args] };
  return { script: LIMITED, args: [...limits.words, ...BASH, script, "strata", ...args] };
}

/** `argv` on this machine within `limits`. */
export function limitedArgv(limits: Limits, argv: readonly [string, ...string[]]): [string, ...string[]] {
  return hasLimits(limits) ? [...BASH, LIMITED, "strata", ...limits.words, ...argv] : [...argv];
}

/** Passes stderr lines on, and tells once that a machine has no systemd. */
export function limitWarnings(log: DriverLog, machine: string, onLine?: (line: string) => void) {
  return (line: string) => {
    if (line === NO_SYSTEMD) log.warn(`${machine} has no systemd: limits of IOPS, CPU and memory do not apply there`);
    else onLine?.(line);
  };
}
