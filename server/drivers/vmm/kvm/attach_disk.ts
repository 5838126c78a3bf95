/**
 * `attach_disk <deploy id> <source> <target> <target index> <document or -> <vm id> <host> [<libvirt URI>]`
 *
 * The DISK with ATTACH=YES of the VM document (stdin, or in the fifth argument as OpenNebula gives it) becomes a device
 * of the domain. Repeating it changes nothing. A domain that libvirt keeps gets it for its next starts as well, and only
 * for those when it is off.
 */
import path from "node:path";
import type { TemplateVector } from "../../../domain/template";
import { DriverError, defineAction } from "../../action";
import { parseDomain, parseHypervisor, parsePath, parseTarget, parseVmId } from "../lib/arguments";
import { checkedFile } from "../lib/disk-files";
import { lookUp } from "../lib/domain";
import { withRealPaths } from "../lib/real-paths";
import { onHypervisor } from "../lib/virsh";
import { attachedDisk, attachXml } from "../lib/vm-disk";

/** $1 domain, $2 persistent or transient, $3 active or off; the device on stdin. */
const ATTACH = `
how=
if [ "$2" = persistent ]; then how=--config; fi
if [ "$3" = active ]; then how="$how --live"; fi
vir attach-device --domain "$1" --file <(cat) $how
`;

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const [deployId, source, targetWord, , document, vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const name = parseDomain(deployId);
    const target = parseTarget(targetWord);
    const vmId = parseVmId(vm);
    const disk: TemplateVector = { ...attachedDisk(xml === "" ? fromBase64(document) : xml), TARGET: target };
    const domain = await lookUp(at, name, signal);
    if (domain === null || !(domain.isActive || domain.isPersistent)) {
      throw new DriverError(`The domain ${name} does not run on ${at.machine.host}.`);
    }
    const present = domain.disks.find((each) => each.target === target);
    const isRbd = (disk["TYPE"] ?? "").toUpperCase().startsWith("RBD");
    const file = isRbd ? null : parsePath(source);
    const place = { vmId, vmDir: file === null ? "" : path.dirname(file), isQ35: domain.machine.includes("q35") };
    const device = attachXml(disk, place);
    const real = file === null ? null : await checkedFile(at.machine, file, disk, signal);
    if (present !== undefined) {
      if (real !== null && present.source === real) return "";
      throw new DriverError(`The domain ${name} has another disk as ${target} already (${present.source}).`);
    }
    const final = file === null || real === null ? device : withRealPaths(device, new Map([[file, real]]));
    const args = [name, domain.isPersistent ? "persistent" : "transient", domain.isActive ? "active" : "off"];
    await onHypervisor(at, `attach ${target} to ${name}`, ATTACH, args, { signal, input: final });
    log.info(`attached ${target} to ${name}`);
    return "";
  },
});

function fromBase64(word: string | undefined): string {
  if (word === undefined || word === "" || word === "-") throw new DriverError("There is no VM document on stdin.");
  return Buffer.from(word, "base64").toString("utf8");
}
