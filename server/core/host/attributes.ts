import { parseStored } from "../../db/stored";
import { DOMAIN_TYPES, HostAttributes } from "../../domain/host";
import { Template, text, withValues } from "../../domain/template";

/** What an administrator set on a host; a value that cannot be read counts as not set. */
export function attributesOf(json: unknown): HostAttributes {
  const template = parseStored(Template, json);
  const field = <K extends keyof HostAttributes>(key: K, value: unknown) => {
    const parsed = HostAttributes.shape[key].safeParse(value);
    return parsed.success ? parsed.data : HostAttributes.shape[key].parse(undefined);
  };
  const seconds = text(template, "SHUTDOWN_TIMEOUT");
  const domainType = (text(template, "DOMAIN_TYPE") ?? "auto").toLowerCase();
  return parseStored(HostAttributes, {
    libvirtUri: field("libvirtUri", text(template, "LIBVIRT_URI")),
    emulatorCpus: field("emulatorCpus", text(template, "EMULATOR_CPUS")),
    domainType: DOMAIN_TYPES.find((type) => type === domainType) ?? "auto",
    shutdownSeconds: field("shutdownSeconds", seconds === undefined ? undefined : Number(seconds)),
  });
}

/** A host's template with these attributes; others in it stay. */
export function withAttributes(json: unknown, attributes: HostAttributes): Template {
  const set = (template: Template, name: string, value: string | null) =>
    withValues(template, name, value === null ? [] : [value]);
  let template = parseStored(Template, json);
  template = set(template, "LIBVIRT_URI", attributes.libvirtUri);
  template = set(template, "EMULATOR_CPUS", attributes.emulatorCpus);
  template = set(template, "DOMAIN_TYPE", attributes.domainType === "auto" ? null : attributes.domainType);
  return set(template, "SHUTDOWN_TIMEOUT", String(attributes.shutdownSeconds));
}

/** What the last connection test found: KVM, or emulation; null: not tried. */
export function foundAcceleration(json: unknown): "kvm" | "qemu" | null {
  const found = text(parseStored(Template, json), "ACCELERATION");
  return found === "kvm" || found === "qemu" ? found : null;
}
