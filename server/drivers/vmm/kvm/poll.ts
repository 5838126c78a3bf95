/**
 * `poll <host> [<libvirt URI>]` → JSON `{"domains":[{"name","state"}]}` with `running`, `paused` (`ioerror` when a disk
 * error paused it) or `off`: all domains of a host in one call, whatever their number.
 */
import { defineAction } from "../../action";
import { parseHypervisor } from "../lib/arguments";
import { onHypervisor } from "../lib/virsh";

/** A monitor call must not wait behind a domain that hangs. */
const POLL_MS = 20_000;
const MAX_OUTPUT = 4 * 1024 * 1024;

/** `--nowait`: a domain whose monitor is busy is told by what libvirt knows. */
const POLL = `vir domstats --state --nowait --raw`;

export interface PolledDomain {
  name: string;
  state: "running" | "paused" | "ioerror" | "off";
}

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const at = parseHypervisor(argv[0], argv[1]);
    const options = { signal, timeoutMs: POLL_MS, maxOutputBytes: MAX_OUTPUT };
    const output = await onHypervisor(at, "ask libvirt for its domains", POLL, [], options);
    return JSON.stringify({ domains: parseStats(output) });
  },
});

/** Output of `virsh domstats --state --raw`: `Domain: 'name'`, then `  state.state=1`, `  state.reason=5`. */
export function parseStats(output: string): PolledDomain[] {
  const domains: PolledDomain[] = [];
  let name: string | null = null;
  let state = 0;
  let reason = 0;
  const flush = () => {
    if (name !== null) domains.push({ name, state: wordOf(state, reason) });
  };
  for (const line of output.split("\n")) {
    const [, found] = /^Domain: '(.*)'$/.exec(line) ?? [];
    if (found !== undefined) {
      flush();
      [name, state, reason] = [found, 0, 0];
    }
    const [, key, value] = /^ {2}state\.(state|reason)=(\d{1,3})$/.exec(line) ?? [];
    if (key === "state") state = Number(value);
    if (key === "reason") reason = Number(value);
  }
  flush();
  return domains;
}

/** libvirt's virDomainState and, for a paused one, virDomainPausedReason. */
function wordOf(state: number, reason: number): PolledDomain["state"] {
  if (state === 3) return reason === 5 ? "ioerror" : "paused";
  return [1, 2, 4, 7].includes(state) ? "running" : "off";
}
