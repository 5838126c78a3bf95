/**
 * `deploy <vm_dir>/deployment.<n> <host> <vm id> <host> [<libvirt URI>]`, domain XML on stdin → UUID of the domain.
 *
 * As in OpenNebula the domain is transient: libvirt forgets it when it ends, and the next start is made from the VM
 * document again. Repeating it while the domain runs changes nothing. Cancelled after the domain was created, it is
 * destroyed again, so that a start either happened or did not.
 */
import path from "node:path";
import { DriverError, defineAction, throwIfCancelled } from "../../action";
import { type Hypervisor, parseDomain, parseHypervisor, parsePath, parseVmId } from "../lib/arguments";
import { checkedFile } from "../lib/disk-files";
import { lookUp } from "../lib/domain";
import { type DomainInfo, readDomain } from "../lib/domain-info";
import { withRealPaths } from "../lib/real-paths";
import { onHypervisor } from "../lib/virsh";

/** QEMU with a large guest's memory to allocate. */
const CREATE_MS = 180_000;

/**
 * $1 deployment file, $2 domain; its XML on stdin. Snapshots that were taken before are made known again: libvirt checks
 * that their UUID is the domain's.
 */
const CREATE = `
umask 077
dir=$(dirname -- "$1")
cat >"$1"
vir create --file "$1" >/dev/null
uuid=$(vir domuuid --domain "$2")
for file in "$dir"/snap-*.xml; do
  [ -e "$file" ] || continue
  sed "s:<uuid>[0-9a-f-]*</uuid>:<uuid>$uuid</uuid>:g" "$file" |
    { vir snapshot-create --domain "$2" --xmlfile <(cat) --redefine || echo "WARN: $file is not taken over" >&2; } >/dev/null
done
echo "$uuid"
`;

const DESTROY = `vir destroy --domain "$1" >/dev/null 2>&1 || true`;

export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const [fileWord, , vm, host, uri] = argv;
    const at = parseHypervisor(host, uri);
    const vmId = parseVmId(vm);
    const file = deploymentFile(fileWord, vmId);
    const wanted = readDomain(xml);
    const name = parseDomain(wanted.name);
    const present = await lookUp(at, name, signal);
    if (present !== null) {
      if (present.uuid !== wanted.uuid && wanted.uuid !== "") {
        throw new DriverError(
          `${at.machine.host} has another domain named ${name} (UUID ${present.uuid}). Rename or undefine it first.`,
        );
      }
      if (present.isActive) {
        log.info(`${name} runs already`);
        return present.uuid;
      }
    }
    const real = await checkedFiles(at, wanted, path.dirname(file), signal);
    throwIfCancelled(signal);
    const options = { signal: new AbortController().signal, input: withRealPaths(xml, real), timeoutMs: CREATE_MS };
    const uuid = (await onHypervisor(at, `start ${name}`, CREATE, [file, name], options)).trim();
    if (signal.aborted) {
      await onHypervisor(at, `stop ${name} again`, DESTROY, [name], { signal: new AbortController().signal });
      throwIfCancelled(signal);
    }
    return uuid;
  },
});

/** `…/<vm id>/deployment.<n>`: the folder of the VM, and nothing else, is written to. */
function deploymentFile(word: string | undefined, vmId: number): string {
  const file = parsePath(word);
  const [, folder] = /\/(\d{1,9})\/deployment\.\d{1,6}$/.exec(file) ?? [];
  if (folder === undefined || Number(folder) !== vmId) {
    throw new DriverError(`${file} is not a deployment file of VM ${vmId}: expected …/${vmId}/deployment.<n>.`);
  }
  return file;
}

/** `<vm_dir>/disk.<n>` → the file behind it, for every disk of the VM's folder; their headers are checked. */
async function checkedFiles(
  at: Hypervisor,
  domain: DomainInfo,
  vmDir: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const real = new Map<string, string>();
  for (const disk of domain.disks) {
    const [, id] = /^disk\.(\d{1,6})$/.exec(path.basename(disk.source)) ?? [];
    if (disk.type !== "file" || id === undefined || path.dirname(disk.source) !== vmDir) continue;
    const facts = { DISK_ID: id, FORMAT: disk.format, TYPE: disk.device === "cdrom" ? "CDROM" : "FILE" };
    real.set(disk.source, await checkedFile(at.machine, disk.source, facts, signal));
  }
  return real;
}
