/** A private folder on a machine for files out of a repository; gone when the action ends, however it ends. */
import { start } from "../../../lib/process";
import { guardedScriptOn, type Machine } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { explain, LONG_WORK_MS } from "../../remote";

/**
 * $1 parent. Makes `<parent>/strata-restic-<pid>-<random>`, prints it and the free bytes there, and removes it when stdin
 * ends. Folders of processes that were killed are swept by the next one.
 */
const HOLD = `
umask 077
parent=$1
for old in "$parent"/strata-restic-*; do
  if [ ! -d "$old" ] || [ -L "$old" ] || [ ! -O "$old" ]; then continue; fi
  pid=\${old##*/strata-restic-}
  pid=\${pid%%-*}
  case $pid in '' | *[!0-9]*) continue ;; esac
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != bash ]; then rm -rf -- "$old"; fi
done
dir=
finish() {
  trap '' TERM INT HUP PIPE EXIT
  if [ -n "$dir" ]; then rm -rf -- "$dir"; fi
}
trap finish EXIT
trap 'exit 143' TERM INT HUP PIPE
dir=$(mktemp -d -- "$parent/strata-restic-$$-XXXXXXXX") || exit 1
df -B1 --output=avail -- "$dir" | tail -n 1
printf '%s\\n' "$dir"
cat >/dev/null
`;
/** Between TERM and KILL: large files take a while to unlink. */
const STOP_GRACE_MS = 15_000;

export interface Scratch {
  machine: Machine;
  role: "backup server" | "host";
  dir: string;
  /** Bytes. */
  free: number;
}

/**
 * Make the folder, use it, remove it.
 * @throws DriverError when it cannot be made, and whatever `use` throws
 */
export async function withScratch<T>(
  machine: Machine,
  role: "backup server" | "host",
  parent: string,
  signal: AbortSignal,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const child = start(guardedScriptOn(machine, HOLD, [parent]), {
    signal,
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
    termGraceMs: STOP_GRACE_MS,
  });
  try {
    const lines = child.lines()[Symbol.asyncIterator]();
    const free = await lines.next();
    const dir = await lines.next();
    if (free.done === true || dir.done === true) {
      throw new DriverError(explain(await child.done, machine, role, `make a folder in ${parent}`));
    }
    return await use({ machine, role, dir: dir.value, free: Number(free.value.trim()) });
  } finally {
    child.end();
    await child.done;
  }
}
