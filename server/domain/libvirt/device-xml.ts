import { type Template, type TemplateVector, vectors } from "../template";
import type { Xml } from "../xml/builder";
import { InterfaceName, MacAddress, Word } from "./grammar";
import { tag } from "./markup";
import { refuse } from "./refusal";
import { oneOf, parse } from "./values";

/** NICs, graphics, channels of a domain. */

export interface NicResult {
  xml: Xml[];
  /** Sentence for a NIC that was left out, else null. */
  warning: string | null;
}

/**
 * `<interface>` of a NIC vector: on its BRIDGE, or on a libvirt network (LIBVIRT_NETWORK, of imported VMs). A NIC with
 * neither is left out: there is nothing on the host to plug it into.
 */
export function nicElement(nic: TemplateVector, vmId: number, order: number | undefined): NicResult {
  const id = nic["NIC_ID"] ?? "";
  const what = `NIC ${id}`;
  if (!/^\d{1,6}$/.test(id)) throw refuse(vmId, "A NIC has no NIC_ID.");
  const bridge = (nic["BRIDGE"] ?? "").trim();
  const network = (nic["LIBVIRT_NETWORK"] ?? "").trim();
  if (bridge === "" && network === "") {
    const name = nic["NETWORK"] ?? "";
    const where = name === "" ? "" : ` (network ${name.slice(0, 60)})`;
    return { xml: [], warning: `NIC ${id}${where} has no bridge on the host: the guest starts without it.` };
  }
  const isOvs = (nic["BRIDGE_TYPE"] ?? "").startsWith("openvswitch");
  const source =
    bridge === ""
      ? tag("source", { network: parse(Word, network, vmId, `LIBVIRT_NETWORK of ${what}`) })
      : tag("source", { bridge: parse(InterfaceName, bridge, vmId, `BRIDGE of ${what}`) });
  const mac = nic["MAC"];
  const model = nic["MODEL"] ?? "virtio";
  const target = (nic["TARGET"] ?? "").trim();
  return {
    xml: [
      tag("interface", { type: bridge === "" ? "network" : "bridge" }, [
        source,
        ...(isOvs ? [tag("virtualport", { type: "openvswitch" })] : []),
        ...(mac === undefined ? [] : [tag("mac", { address: parse(MacAddress, mac, vmId, `MAC of ${what}`) })]),
        tag("target", {
          dev: target === "" ? `one-${vmId}-${id}` : parse(InterfaceName, target, vmId, `TARGET of ${what}`),
        }),
        tag("model", { type: parse(Word, model, vmId, `MODEL of ${what}`) }),
        ...(order === undefined ? [] : [tag("boot", { order })]),
      ]),
    ],
    warning: null,
  };
}

const GRAPHICS_TYPES = ["vnc", "spice"];

/** `<graphics>` of the template; listens on this host alone unless the template says otherwise. */
export function graphicsElements(template: Template, vmId: number): Xml[] {
  return vectors(template, "GRAPHICS").flatMap((graphics) => {
    const type = oneOf(
      (graphics["TYPE"] ?? "vnc").trim().toLowerCase(),
      [...GRAPHICS_TYPES, "sdl", "none"],
      vmId,
      "GRAPHICS/TYPE",
    );
    // A window on the host's own screen is nothing for a server.
    if (type === "sdl" || type === "none") return [];
    const port = (graphics["PORT"] ?? "").trim();
    if (port !== "" && (!/^\d{1,5}$/.test(port) || Number(port) < 1024 || Number(port) > 65_535)) {
      throw refuse(vmId, `GRAPHICS/PORT is "${port.slice(0, 20)}", not a port above 1023.`);
    }
    const listen = (graphics["LISTEN"] ?? "127.0.0.1").trim();
    if (!/^[0-9a-fA-F:.]{2,45}$/.test(listen))
      throw refuse(vmId, `GRAPHICS/LISTEN is "${listen.slice(0, 60)}", not an address.`);
    const keymap = graphics["KEYMAP"];
    const password = graphics["PASSWD"];
    return [
      tag("graphics", {
        type,
        ...(port === "" ? { port: "-1", autoport: "yes" } : { port, autoport: "no" }),
        listen,
        keymap: keymap === undefined || keymap === "" ? undefined : parse(Word, keymap, vmId, "GRAPHICS/KEYMAP"),
        passwd: password === undefined || password === "" ? undefined : password,
      }),
    ];
  });
}

/** The port of qemu-guest-agent. */
export function agentChannel(): Xml {
  return tag("channel", { type: "unix" }, [tag("target", { type: "virtio", name: "org.qemu.guest_agent.0" })]);
}

/** `<input>` of the template, e.g. a tablet that lets the pointer follow. */
export function inputElements(template: Template, vmId: number): Xml[] {
  return vectors(template, "INPUT").map((input) =>
    tag("input", {
      type: oneOf((input["TYPE"] ?? "tablet").toLowerCase(), ["mouse", "tablet", "keyboard"], vmId, "INPUT/TYPE"),
      bus: oneOf((input["BUS"] ?? "usb").toLowerCase(), ["usb", "ps2", "virtio", "xen"], vmId, "INPUT/BUS"),
    }),
  );
}
