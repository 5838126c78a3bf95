import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NetworkChoice } from "./restore";
import { keptDiskIds, restoreTemplate } from "./restore-template";
import type { Template, TemplateVector } from "./template";

function restore(template: Template, more: Partial<Parameters<typeof restoreTemplate>[0]> = {}): Template {
  const { NAME: _name, ...rest } = restoreTemplate({
    template,
    userTemplate: {},
    network: "keep",
    restoredImages: new Map([[0, 40]]),
    name: "web",
    ...more,
  });
  return rest;
}

/** Every row of drivers-and-core §9.1, written out again on purpose: a typo in the code must not be copied. */
const NIC_KEYS =
  "AR_ID BRIDGE BRIDGE_TYPE CLUSTER_ID NAME NETWORK_ID NIC_ID TARGET VLAN_ID VN_MAD VLAN_TAGGED_ID PHYDEV";
const REMOVED: Record<string, string> = {
  DISK:
    "ALLOW_ORPHANS CLONE CLONE_TARGET CLUSTER_ID DATASTORE DATASTORE_ID DISK_SNAPSHOT_TOTAL_SIZE DISK_TYPE DRIVER IMAGE " +
    "IMAGE_STATE IMAGE_UID IMAGE_UNAME LN_TARGET OPENNEBULA_MANAGED ORIGINAL_SIZE PERSISTENT READONLY SAVE SOURCE " +
    "TARGET TM_MAD FORMAT",
  NIC: NIC_KEYS,
  GRAPHICS: "PORT",
  CONTEXT: "DISK_ID ETH0_IP ETH1_MAC ETH PCI0_IP PCI MY_ETH9_X SETHOSTNAME",
  NUMA_NODE: "CPUS MEMORY_NODE_ID NODE_ID",
  OS: "UUID",
  PCI:
    `${NIC_KEYS} ADDRESS BUS DOMAIN FUNCTION NUMA_NODE PCI_ID SLOT VM_ADDRESS VM_BUS VM_DOMAIN VM_FUNCTION VM_SLOT ` +
    "SHORT_ADDRESS",
};
const KEPT: Record<string, string> = {
  DISK: "DEV_PREFIX CACHE IO DISCARD LUKS",
  NIC: "NETWORK NETWORK_UNAME IP MODEL SECURITY_GROUPS",
  GRAPHICS: "LISTEN TYPE PASSWD",
  CONTEXT: "NETWORK SSH_PUBLIC_KEY START_SCRIPT",
  NUMA_NODE: "TOTAL_CPUS MEMORY",
  OS: "ARCH BOOT FIRMWARE",
  PCI: "VENDOR DEVICE CLASS TYPE",
};
const TOP_REMOVED =
  "AUTOMATIC_DS_REQUIREMENTS AUTOMATIC_NIC_REQUIREMENTS AUTOMATIC_REQUIREMENTS VMID TEMPLATE_ID TM_MAD_SYSTEM " +
  "SECURITY_GROUP_RULE ERROR";

const rows = (table: Record<string, string>) =>
  Object.entries(table).flatMap(([section, names]) =>
    names.split(" ").map((name): [string, string] => [section, name]),
  );
const base = (section: string): TemplateVector =>
  section === "DISK" ? { DISK_ID: "0", TYPE: "FILE", SIZE: "9", IMAGE_ID: "3", KEEP: "1" } : { KEEP: "1" };

describe("the table of removed keys", () => {
  it.each(rows(REMOVED))("%s loses %s", (section, key) => {
    const [vector] = restore({ [section]: [{ ...base(section), [key]: "x" }] })[section] ?? [];
    expect(vector).toHaveProperty("KEEP", "1");
    expect(vector).not.toHaveProperty(key);
  });

  it.each(rows(KEPT))("%s keeps %s", (section, key) => {
    const [vector] = restore({ [section]: [{ ...base(section), [key]: "x" }] })[section] ?? [];
    expect(vector).toHaveProperty(key, "x");
  });

  it.each(TOP_REMOVED.split(" "))("the top level loses %s, text or vector, also from the user template", (name) => {
    const values = ["x", { A: "1" }];
    expect(restore({ [name]: values, CPU: ["1"] }, { userTemplate: { [name]: values } })).toEqual({ CPU: ["1"] });
  });

  it("removes nothing of one section from another", () => {
    expect(restore({ OS: [{ PORT: "1" }], GRAPHICS: [{ UUID: "2" }], RAW: [{ DISK_ID: "3" }] })).toEqual({
      OS: [{ PORT: "1" }],
      GRAPHICS: [{ UUID: "2" }],
      RAW: [{ DISK_ID: "3" }],
    });
  });
});

describe("disks", () => {
  it.each<[string, TemplateVector, TemplateVector | null]>([
    [
      "restored",
      { DISK_ID: "0", TYPE: "FILE", SIZE: "9", IMAGE_ID: "3", CACHE: "none" },
      { CACHE: "none", IMAGE_ID: "40" },
    ],
    [
      "restored volatile becomes an image disk",
      { DISK_ID: "0", TYPE: "fs", SIZE: "9", FORMAT: "qcow2" },
      { IMAGE_ID: "40" },
    ],
    [
      "volatile not in the backup keeps TYPE and SIZE",
      { DISK_ID: "1", TYPE: "fs", SIZE: "9", FORMAT: "raw" },
      {
        TYPE: "fs",
        SIZE: "9",
      },
    ],
    ["swap is kept", { DISK_ID: "2", TYPE: "SWAP", SIZE: "64", TARGET: "vdc" }, { TYPE: "SWAP", SIZE: "64" }],
    [
      "a CD-ROM keeps its image",
      { DISK_ID: "3", TYPE: "CDROM", SIZE: "9", IMAGE_ID: "7", IMAGE: "iso" },
      { IMAGE_ID: "7" },
    ],
    ["an RBD CD-ROM too", { DISK_ID: "3", TYPE: "RBD_CDROM", IMAGE_ID: "7" }, { IMAGE_ID: "7" }],
    [
      "a disk that is not restored never keeps the original's image",
      { DISK_ID: "5", TYPE: "FILE", IMAGE_ID: "3" },
      null,
    ],
    ["a shared folder", { DISK_ID: "6", TYPE: "FILESYSTEM", IMAGE_ID: "3" }, null],
    ["a disk without an id", { TYPE: "FILE", IMAGE_ID: "3" }, null],
  ])("%s", (_name, disk, expected) => {
    expect(restore({ DISK: [disk] })).toEqual(expected === null ? {} : { DISK: [expected] });
  });

  it("of the user template are not taken", () => {
    const template: Template = { DISK: [{ DISK_ID: "0", IMAGE_ID: "3" }] };
    expect(restore(template, { userTemplate: { DISK: [{ IMAGE_ID: "99", SOURCE: "/etc/shadow" }] } })).toEqual({
      DISK: [{ IMAGE_ID: "40" }],
    });
  });

  it("keptDiskIds follows the order of the result", () => {
    const DISK: TemplateVector[] = [
      { DISK_ID: "0", IMAGE_ID: "1" },
      { DISK_ID: "4", IMAGE_ID: "2" },
      { DISK_ID: "2", TYPE: "swap", SIZE: "1" },
      { DISK_ID: "1", IMAGE_ID: "3" },
    ];
    expect(keptDiskIds({ DISK }, [1, 0])).toEqual([0, 2, 1]);
    const restored = restore(
      { DISK },
      {
        restoredImages: new Map([
          [0, 40],
          [1, 41],
        ]),
      },
    );
    expect(restored["DISK"]).toEqual([{ IMAGE_ID: "40" }, { TYPE: "swap", SIZE: "1" }, { IMAGE_ID: "41" }]);
  });
});

describe("network", () => {
  const v6 = { IP6: "a", IP6_ULA: "b", IP6_GLOBAL: "c", IP6_LINK: "d" };
  it.each<[string, NetworkChoice, TemplateVector, TemplateVector | null]>([
    ["keep, IP", "keep", { NETWORK: "n", IP: "1", MAC: "m", ...v6 }, { NETWORK: "n", IP: "1" }],
    [
      "keep, IP6 only",
      "keep",
      { NETWORK: "n", MAC: "m", IP6: "a", IP6_ULA: "b" },
      { NETWORK: "n", IP6: "a", IP6_ULA: "b" },
    ],
    ["keep, MAC only", "keep", { NETWORK: "n", MAC: "m" }, { NETWORK: "n", MAC: "m" }],
    ["no_ip", "no_ip", { NETWORK: "n", IP: "1", MAC: "m", IP6: "a", IP6_ULA: "b", IP6_GLOBAL: "c" }, { NETWORK: "n" }],
    ["no_ip and nothing left", "no_ip", { NIC_ID: "0", IP: "1" }, null],
    ["no_nic", "no_nic", { NETWORK: "n", IP: "1" }, null],
  ])("%s", (_name, network, nic, expected) => {
    expect(restore({ NIC: [nic] }, { network })).toEqual(expected === null ? {} : { NIC: [expected] });
  });

  it("no_nic leaves aliases and PCI NICs, as the reference", () => {
    const template: Template = {
      NIC: [{ NETWORK: "n" }],
      NIC_ALIAS: [{ PARENT: "NIC0" }],
      PCI: [{ TYPE: "NIC", CLASS: "c" }],
    };
    const { NIC: _gone, ...rest } = template;
    expect(restore(template, { network: "no_nic" })).toEqual(rest);
  });
});

describe("the whole", () => {
  it("lets the user template win, drops what is empty, sets the name", () => {
    const result = restoreTemplate({
      template: { CPU: ["1"], NAME: ["old"], A: [""], B: [{ X: "" }], C: ["", "1"], D: [{}], LABELS: ["a"] },
      userTemplate: { LABELS: ["b"], NOTE: ["n"], SCHED_REQUIREMENTS: [""] },
      network: "keep",
      restoredImages: new Map(),
      name: "copy of web",
    });
    expect(result).toEqual({ CPU: ["1"], C: ["1"], LABELS: ["b"], NOTE: ["n"], NAME: ["copy of web"] });
  });

  it("changes nothing more when it is done twice, and keeps no removed key", () => {
    const key = fc.constantFrom(...rows(REMOVED).map(([, name]) => name), ...rows(KEPT).map(([, name]) => name));
    const vector = fc.dictionary(key, fc.string({ maxLength: 3 }));
    const template = fc.dictionary(
      fc.constantFrom(...Object.keys(REMOVED).filter((name) => name !== "DISK"), ...TOP_REMOVED.split(" "), "CPU"),
      fc.array(fc.oneof(vector, fc.string()), { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(template, fc.constantFrom<NetworkChoice>("keep", "no_ip", "no_nic"), (made, network) => {
        const once = restore(made, { network });
        expect(restore(once, { network })).toEqual(once);
        for (const name of TOP_REMOVED.split(" ")) expect(once).not.toHaveProperty(name);
      }),
    );
  });
});
