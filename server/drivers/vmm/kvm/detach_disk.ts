/**
 * `detach_disk <deploy id> <source> <target> <target index> <vm id> <host> [<libvirt URI>]`
 *
 * Waits until the disk has gone, because a guest may take its time to let go of it. A disk that is not there is fine.
 */
import { DriverError, defineAction } from "../../action";
import { parseDomain, parseHypervisor, parseTarget, parseVmId } from "../lib/arguments";
import { lookUp } from "../lib/domain";
import { onHypervisor } from "../lib/virsh";

/** A guest that has not let go by then will not: it has no ACPI hot-plug, or the disk is in use. */
const WAIT_S = 20;

/** $1 domain, $2 target, $3 persistent or transient, $4 active or off, $5 seconds. Prints whether it is still there. */
const DETACH = `
how=
if [ "$3" = persistent ]; then how=--config; fi
if [ "$4" = active ]; then how="$how --live"; fi
vir detach-disk --domain "$1" --target "$2" $how
n=0
while :; do
  targets=$(vir domblklist --domain "$1" | awk '{print $1}')
  if ! grep -Fxq -- "$2" <<<"$targets"; then break; fi
  if [ "$n" -ge "$(($5 * 5))" ]; then echo present; exit 0; fi
  n=$((n + 1)); sleep 0.2
done
echo gone
`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal, log }) {
    const [deployId, , targetWord, , vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    const target = parseTarget(targetWord);
    parseVmId(vm);
    const domain = await lookUp(at, name, signal);
    if (domain === null || !domain.disks.some((disk) => disk.target === target)) return "";
    const args = [name, target, domain.isPersistent ? "persistent" : "transient", domain.isActive ? "active" : "off"];
    const what = `detach ${target} from ${name}`;
    const answer = await onHypervisor(at, what, DETACH, [...args, String(WAIT_S)], { signal });
    if (answer.trim() !== "gone") {
      throw new DriverError(
        `The guest ${name} did not let go of ${target} within ${WAIT_S} s. Unmount it there first.`,
      );
    }
    log.info(`detached ${target} from ${name}`);
    return "";
  },
});
