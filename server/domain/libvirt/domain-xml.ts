import { type Template, text, vectors } from "../template";
import { builtDocument, type Xml } from "../xml/builder";
import { type CpuInput, cpuElement, cpuTune, memoryTune, vcpuElement } from "./cpu-xml";
import { agentChannel, graphicsElements, inputElements, nicElement } from "./device-xml";
import { diskElement, needsScsi } from "./disk-xml";
import { DomainName, DomainUuid, HostPath } from "./grammar";
import { tag } from "./markup";
import { bootOrder, featureElements, hasGuestAgent, isSecureBoot, machineOf, osElement, uuidOf } from "./os-xml";
import { refuse } from "./refusal";
import { parse } from "./values";

const METADATA_NS = "http://opennebula.org/xmlns/libvirt/1.0";
const QEMU_NS = "http://libvirt.org/schemas/domain/qemu/1.0";

export interface DomainInput extends CpuInput {
  /** Domain name: `one-<vm id>`, or the name an imported domain had. */
  deployId: string;
  name: string;
  /** `<system datastore>/<vm id>` on the host. */
  vmDir: string;
  /** DATA of RAW with TYPE kvm, well-formed; it goes into the domain as it is. Empty: none. */
  raw: string;
}

export interface BuiltDomain {
  xml: string;
  /** What of the VM does not run, and why; for people. */
  warnings: string[];
}

/**
 * The libvirt domain of a VM. Pure: the same VM gives the same document.
 * @throws AppError VM_NOT_DEPLOYABLE naming the value that cannot be used
 */
export function buildDomain(input: DomainInput): BuiltDomain {
  const { vmId, template, vmDir } = input;
  const boot = bootOrder(input);
  const disks = vectors(template, "DISK");
  const isQ35 = machineOf(input).includes("q35");
  const nics = vectors(template, "NIC").map((nic) => nicElement(nic, vmId, boot.get(`nic${nic["NIC_ID"] ?? ""}`)));
  const uuid = uuidOf(template);
  const content: Xml[] = [
    tag("name", {}, parse(DomainName, input.deployId, vmId, "The name of the domain")),
    ...(uuid === null ? [] : [tag("uuid", {}, parse(DomainUuid, uuid, vmId, "OS/UUID"))]),
    tag("title", {}, input.name.replaceAll(/[\r\n]/g, " ")),
    tag("metadata", {}, [
      tag("one:vm", { "xmlns:one": METADATA_NS }, [
        tag("one:system_datastore", {}, parse(HostPath, vmDir, vmId, "The folder of the VM")),
        tag("one:name", {}, input.name),
        tag("one:vmid", {}, String(vmId)),
      ]),
    ]),
    vcpuElement(input),
    ...cpuTune(input),
    tag("memory", { unit: "KiB" }, String(memoryMb(template, vmId) * 1024)),
    ...memoryTune(input),
    osElement(input),
    ...featureElements(template, { isSecure: isSecureBoot(template) }),
    cpuElement(input),
    tag("on_poweroff", {}, "destroy"),
    tag("on_reboot", {}, "restart"),
    tag("on_crash", {}, "destroy"),
    tag("devices", {}, [
      ...emulator(template, vmId),
      ...disks.map((disk) => {
        const order = boot.get(`disk${disk["DISK_ID"] ?? ""}`);
        return diskElement(disk, { vmId, vmDir, isQ35, ...(order === undefined ? {} : { bootOrder: order }) });
      }),
      ...(disks.some(needsScsi) ? [tag("controller", { type: "scsi", index: 0, model: "virtio-scsi" })] : []),
      ...nics.flatMap((nic) => nic.xml),
      ...(hasGuestAgent(template) ? [agentChannel()] : []),
      ...inputElements(template, vmId),
      ...graphicsElements(template, vmId),
    ]),
    ...(input.raw === "" ? [] : [builtDocument(input.raw)]),
  ];
  refuseTwiceUsed(input);
  const attributes = { type: input.domainType, "xmlns:qemu": input.raw === "" ? undefined : QEMU_NS };
  return {
    xml: tag("domain", attributes, content).xml,
    warnings: nics.flatMap((nic) => (nic.warning === null ? [] : [nic.warning])),
  };
}

/** MEMORY is MiB. */
function memoryMb(template: Template, vmId: number): number {
  const word = (text(template, "MEMORY") ?? "").trim();
  if (!/^\d{1,9}$/.test(word) || Number(word) < 1) {
    throw refuse(vmId, word === "" ? "It has no MEMORY." : `MEMORY is "${word.slice(0, 40)}", not MiB.`);
  }
  return Number(word);
}

/** Another QEMU than libvirt's own choice; only administrators' VMs get here with one (`core/vm/domain.ts`). */
function emulator(template: Template, vmId: number): Xml[] {
  const path = (text(template, "EMULATOR") ?? "").trim();
  return path === "" ? [] : [tag("emulator", {}, parse(HostPath, path, vmId, "EMULATOR"))];
}

function refuseTwiceUsed({ vmId, template }: DomainInput): void {
  const targets = vectors(template, "DISK").map((disk) => disk["TARGET"] ?? "");
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twice !== undefined) throw refuse(vmId, `Two disks have the target ${twice.slice(0, 20)}.`);
}
