import { join } from "node:path";
import { parseStored } from "../../db/stored";
import type { Db } from "../../db/tx";
import { appError, reasonOf } from "../../domain/errors";
import { type BuiltDomain, buildDomain } from "../../domain/libvirt/domain-xml";
import { isYes, Template, text, vectors } from "../../domain/template";
import { parseXml } from "../../lib/xml/parse";
import { attributesOf } from "../host/attributes";
import { loadActor } from "../user/actor";
import type { ParsedVm } from "./rows";

/** Parts of a template that reach files or programs of the host; a guest's owner must not choose them. */
const ADMIN_ONLY: readonly { what: string; isIn(template: Template): boolean }[] = [
  { what: "RAW", isIn: (template) => vectors(template, "RAW").length > 0 },
  { what: "EMULATOR", isIn: (template) => (text(template, "EMULATOR") ?? "") !== "" },
  { what: "OS/KERNEL", isIn: (template) => osHas(template, "KERNEL") },
  { what: "OS/INITRD", isIn: (template) => osHas(template, "INITRD") },
  {
    what: "a CD-ROM by its path",
    isIn: (template) =>
      vectors(template, "DISK").some(
        (disk) =>
          (disk["TYPE"] ?? "").toUpperCase() === "CDROM" &&
          disk["IMAGE_ID"] === undefined &&
          (disk["SOURCE"] ?? "") !== "",
      ),
  },
];

function osHas(template: Template, key: string): boolean {
  return vectors(template, "OS").some((os) => (os[key] ?? "") !== "");
}

/** Was the VM made from a domain that libvirt keeps on its host? Then that definition is what starts. */
export function isImported(template: Template): boolean {
  return isYes(text(template, "IMPORTED"));
}

/**
 * The domain of a VM for its host.
 * @param domainType how guests run there
 * @throws AppError VM_NOT_DEPLOYABLE
 */
export async function domainOf(
  db: Db,
  vm: ParsedVm,
  host: { template: unknown },
  system: { basePath: string },
  domainType: "kvm" | "qemu",
): Promise<BuiltDomain> {
  await refuseHostFiles(db, vm);
  const attributes = attributesOf(host.template);
  return buildDomain({
    vmId: vm.id,
    deployId: vm.deployId === "" ? `one-${vm.id}` : vm.deployId,
    name: vm.name,
    vmDir: join(system.basePath, String(vm.id)),
    template: vm.template,
    domainType,
    emulatorCpus: attributes.emulatorCpus,
    cgroupsVersion: cgroupsVersion(parseStored(Template, host.template)),
    raw: rawOf(vm),
  });
}

/** Whoever owns the VM decides, not whoever presses the button: a restored document may come from anywhere. */
async function refuseHostFiles(db: Db, vm: ParsedVm): Promise<void> {
  const found = ADMIN_ONLY.find((part) => part.isIn(vm.template));
  if (found === undefined) return;
  const owner = await loadActor(db, vm.uid).catch(() => null);
  if (owner?.isAdmin === true) return;
  const message = `it has ${found.what}, which only VMs of administrators may have. Remove it, or give the VM to an administrator.`;
  throw appError("VM_NOT_DEPLOYABLE", { vmId: vm.id, message });
}

/** DATA of RAW with TYPE kvm, when it is well-formed by itself: a half element would swallow ours. */
function rawOf(vm: ParsedVm): string {
  const parts = vectors(vm.template, "RAW")
    .filter((raw) => (raw["TYPE"] ?? "").trim().toLowerCase() === "kvm")
    .map((raw) => raw["DATA"] ?? "");
  for (const data of parts) {
    try {
      parseXml(`<raw>${data}</raw>`);
    } catch (error) {
      const message = `DATA of RAW is no well-formed XML: ${reasonOf(error)}`;
      throw appError("VM_NOT_DEPLOYABLE", { vmId: vm.id, message });
    }
  }
  return parts.join("");
}

function cgroupsVersion(template: Template): 1 | 2 | null {
  const version = text(template, "CGROUPS_VERSION");
  return version === "1" ? 1 : version === "2" ? 2 : null;
}
