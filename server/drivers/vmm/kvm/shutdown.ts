/**
 * `shutdown <deploy id> <host> <vm id> <host> [<libvirt URI> [<seconds>]]`: press the power button and wait.
 *
 * A guest that does not react keeps running, and this fails: whether it may be cut off is the caller's decision
 * (`cancel`). The button is pressed a second time at half of the time, because a guest that still boots misses the first.
 */
import { DriverError, defineAction } from "../../action";
import { parseDomain, parseHypervisor, parseVmId } from "../lib/arguments";
import { onHypervisor } from "../lib/virsh";

/** SHUTDOWN_TIMEOUT of the reference. */
const DEFAULT_S = 120;
const MAX_S = 3600;

/** $1 domain, $2 seconds. Prints whether it still runs. */
const SHUTDOWN = `
is_off() {
  state=$(state_of "$1") || exit 1
  case "$state" in "shut off" | missing | crashed) return 0 ;; *) return 1 ;; esac
}
if is_off "$1"; then echo off; exit 0; fi
vir shutdown --domain "$1" >/dev/null
n=0
while ! is_off "$1"; do
  if [ "$n" -ge "$(($2 * 2))" ]; then echo running; exit 0; fi
  if [ "$n" -eq "$2" ]; then vir shutdown --domain "$1" >/dev/null 2>&1 || true; fi
  n=$((n + 1)); sleep 0.5
done
echo off
`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const [deployId, , vm, host, uri, secondsWord = String(DEFAULT_S)] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    parseVmId(vm);
    const seconds = Number(secondsWord);
    if (!/^\d{1,5}$/.test(secondsWord) || seconds < 1 || seconds > MAX_S) {
      throw new DriverError(`"${secondsWord}" is not a time to wait (1 to ${MAX_S} seconds).`);
    }
    const timeoutMs = (seconds * 2 + 60) * 1000;
    const answer = await onHypervisor(at, `shut ${name} down`, SHUTDOWN, [name, String(seconds)], {
      signal,
      timeoutMs,
    });
    if (answer.trim() !== "off") {
      throw new DriverError(
        `The guest did not react to the power button within ${seconds} s. Shut it down from inside, or power it off hard.`,
      );
    }
    return "";
  },
});
