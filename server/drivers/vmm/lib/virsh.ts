/** virsh on a host: fixed scripts, values as parameters. Its messages become sentences an operator can act on. */
import { type ProcessResult, run } from "../../../lib/process";
import { guardedScriptOn, scriptOn } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { explain, SHORT_WORK_MS } from "../../remote";
import type { Hypervisor } from "./arguments";

/**
 * $1 the URI or nothing; the script's own parameters follow. LC_ALL, because the words of virsh are read; stdin is the
 * script's. `vir` is virsh without banners. `state_of` tells a domain that is not there from a libvirt that is not there,
 * because the second says nothing of the guest: it fails.
 */
export const PREAMBLE = `
set -eu -o pipefail
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
uri=$1; shift
if [ -z "$uri" ]; then uri=\${LIBVIRT_DEFAULT_URI:-qemu:///system}; fi
vir() { virsh -q -c "$uri" "$@"; }
state_of() {
  local words
  if words=$(vir domstate --domain "$1" 2>&1); then printf '%s\\n' "$words"; return; fi
  case "$words" in *"failed to get domain"* | *"Domain not found"*) echo missing; return ;; esac
  printf '%s\\n' "$words" >&2
  return 1
}
is_persistent() {
  local facts
  facts=$(vir dominfo --domain "$1") || exit 1
  grep -Eq '^Persistent: +yes$' <<<"$facts"
}
`;

export interface VirshOptions {
  signal: AbortSignal;
  input?: string;
  timeoutMs?: number;
  maxOutputBytes?: number;
}

/**
 * Run a script with `vir`, `state_of` and `is_persistent` on the host and answer its stdout.
 * @param what what is being done, as in "Could not <what>"
 * @throws DriverError with libvirt's own reason
 */
export async function onHypervisor(
  { machine, uri }: Hypervisor,
  what: string,
  script: string,
  args: readonly string[],
  options: VirshOptions,
): Promise<string> {
  const { timeoutMs = SHORT_WORK_MS, ...rest } = options;
  const command = { script: PREAMBLE + script, args: [uri, ...args] };
  // With a document on stdin its end must be seen; all else dies with the connection, as a wait for a guest should.
  const result =
    options.input === undefined
      ? await run(guardedScriptOn(machine, command.script, command.args), { timeoutMs, holdStdin: true, ...rest })
      : await run(scriptOn(machine, command.script, command.args), { timeoutMs, ...rest });
  if (!result.ok) throw new DriverError(hypervisorReason(result, { machine, uri }, what));
  return result.stdout;
}

/** One sentence for a failed script: libvirt's words when it is libvirt that refused. */
export function hypervisorReason(result: ProcessResult, { machine }: Hypervisor, what: string): string {
  if (result.isCancelled || result.timedOut || result.spawnError !== null)
    return explain(result, machine, "host", what);
  if (/virsh: (command )?not found/.test(result.stderr)) {
    return `Could not ${what}: virsh is missing on ${machine.host}. Install libvirt-clients and libvirt-daemon-system there.`;
  }
  const words = libvirtWords(result.stderr);
  if (/failed to connect to the hypervisor|Failed to connect socket/i.test(result.stderr)) {
    return `Could not ${what}: libvirt does not answer on ${machine.host} (${words}). Is libvirtd running there, and may the login user use it?`;
  }
  if (words !== "") return `Could not ${what} on ${machine.host}: ${words}`;
  return explain(result, machine, "host", what);
}

/** Lines that virsh begins with `error:`, without that word; libvirt's own reason is the last. */
export function libvirtWords(stderr: string): string {
  return stderr
    .split(/\r?\n/)
    .flatMap((line) => /^error: (.*)$/.exec(line.trim())?.[1] ?? [])
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-2)
    .join(": ")
    .slice(0, 600);
}
