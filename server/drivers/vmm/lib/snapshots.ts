/**
 * System snapshots: memory and disks in one, inside the qcow2 files. libvirt forgets those of a transient domain when it
 * ends, so their descriptions are also kept as `<vm_dir>/snap-<id>.xml`, and `deploy` tells libvirt of them again.
 */
import { DriverError } from "../../action";
import type { Hypervisor } from "./arguments";
import type { Domain } from "./domain";
import { onHypervisor } from "./virsh";

/** $1 domain, $2 VM folder. Descriptions of all snapshots, complete or not there; those that are gone are removed. */
const KEEP = `
cd -- "$2"
umask 077
vir snapshot-list --domain "$1" --name | { grep -Ex 'snap-[0-9]{1,9}' || true; } | while read -r snap; do
  vir snapshot-dumpxml --domain "$1" --snapshotname "$snap" --security-info >"$snap.xml.part" </dev/null
  mv -f -- "$snap.xml.part" "$snap.xml"
done
for file in snap-*.xml; do
  [ -e "$file" ] || continue
  vir snapshot-info --domain "$1" --snapshotname "\${file%.xml}" >/dev/null 2>&1 </dev/null || rm -f -- "$file"
done
sync -- .
`;

/** Write the descriptions of a domain's snapshots into the VM's folder. Nothing for a domain that libvirt keeps. */
export async function keepDescriptions(at: Hypervisor, domain: Domain, signal: AbortSignal): Promise<void> {
  if (domain.isPersistent || domain.vmDir === "") return;
  if (!/^\/.*\/\d{1,9}\/\d{1,9}$/.test(domain.vmDir)) {
    throw new DriverError(`The domain ${domain.name} names ${domain.vmDir} as its folder, which is none of a VM.`);
  }
  await onHypervisor(at, `keep the snapshots of ${domain.name}`, KEEP, [domain.name, domain.vmDir], { signal });
}
