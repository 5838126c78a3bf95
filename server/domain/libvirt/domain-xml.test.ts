import { describe, expect, it } from "vitest";
import { AppError } from "../errors";
import type { Template } from "../template";
import { buildDomain, type DomainInput } from "./domain-xml";

const DISK = { DISK_ID: "0", TYPE: "FILE", FORMAT: "qcow2", TARGET: "vda", SOURCE: "/images/a", SIZE: "64" };

function input(template: Template, more: Partial<DomainInput> = {}): DomainInput {
  return {
    vmId: 7,
    deployId: "one-7",
    name: "web",
    vmDir: "/ds/0/7",
    template: { MEMORY: ["512"], ...template },
    domainType: "kvm",
    emulatorCpus: null,
    cgroupsVersion: null,
    raw: "",
    ...more,
  };
}

const xmlOf = (template: Template, more: Partial<DomainInput> = {}) => buildDomain(input(template, more)).xml;

function refusal(template: Template, more: Partial<DomainInput> = {}): string {
  try {
    buildDomain(input(template, more));
  } catch (error) {
    if (error instanceof AppError && error.code === "VM_NOT_DEPLOYABLE") return error.message;
    throw error;
  }
  return "none";
}

describe("a whole domain", () => {
  it("has name, memory, processors, devices and OpenNebula's metadata", () => {
    expect(xmlOf({ VCPU: ["2"], DISK: [DISK] })).toBe(
      "<domain type='kvm'><name>one-7</name><title>web</title>" +
        "<metadata><one:vm xmlns:one='http://opennebula.org/xmlns/libvirt/1.0'>" +
        "<one:system_datastore>/ds/0/7</one:system_datastore><one:name>web</one:name><one:vmid>7</one:vmid></one:vm></metadata>" +
        "<vcpu>2</vcpu><memory unit='KiB'>524288</memory><os><type arch='x86_64'>hvm</type></os>" +
        "<features><acpi/><apic/></features><clock offset='utc'/><cpu mode='host-passthrough'/>" +
        "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>" +
        "<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/>" +
        "<source file='/ds/0/7/disk.0'/><target dev='vda' bus='virtio'/><boot order='1'/></disk></devices></domain>",
    );
  });

  it("is emulated where KVM does not work, with a processor that emulation has", () => {
    const xml = xmlOf({ CPU_MODEL: [{ MODEL: "Skylake-Server", FEATURES: "vmx" }] }, { domainType: "qemu" });
    expect(xml).toContain("<domain type='qemu'>");
    expect(xml).toContain("<cpu mode='maximum'/>");
  });

  it("escapes what users wrote, wherever it stands", () => {
    const hostile = `</title><devices>&'"\u0001\n`;
    const xml = xmlOf({ OS: [{ KERNEL: "/k", KERNEL_CMD: `a'b"<&>` }] }, { name: hostile });
    expect(xml).toContain("<title>&lt;/title&gt;&lt;devices&gt;&amp;&apos;&quot;\ufffd </title>");
    expect(xml).toContain("<cmdline>a&apos;b&quot;&lt;&amp;&gt;</cmdline>");
    expect(xml.match(/<devices/g)).toHaveLength(1);
  });

  it.each<[string, Template, string]>([
    ["no memory", { MEMORY: [] }, "It has no MEMORY."],
    ["memory that is no number", { MEMORY: ["1e9"] }, "MEMORY is"],
    ["no processor", { VCPU: ["0"] }, "VCPU is"],
    ["two disks on one target", { DISK: [DISK, { ...DISK, DISK_ID: "1" }] }, "Two disks have the target vda"],
    ["a UUID that is none", { OS: [{ UUID: "x'/>" }] }, "OS/UUID"],
  ])("refuses %s", (_name, template, message) => expect(refusal(template)).toContain(message));

  it("refuses a domain name that virsh would take for an option", () => {
    expect(refusal({}, { deployId: "--all" })).toContain("The name of the domain");
    expect(refusal({}, { deployId: "a/b" })).toContain("The name of the domain");
  });

  it("puts RAW in as it is", () => {
    const xml = xmlOf({}, { raw: "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>" });
    expect(xml).toContain("xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'");
    expect(xml).toMatch(/<qemu:commandline>.*<\/qemu:commandline><\/domain>$/);
  });
});

describe("EMULATOR_CPUS", () => {
  const node = (cpus: string, count = "2") => ({
    TOTAL_CPUS: count,
    CPUS: cpus,
    MEMORY: "262144",
    NODE_ID: "0",
    MEMORY_NODE_ID: "0",
  });
  const tune = (template: Template, emulatorCpus: string | null) =>
    /<cputune>.*<\/cputune>/.exec(xmlOf({ VCPU: ["4"], ...template }, { emulatorCpus }))?.[0] ?? "";

  it("pins the emulator of a plain VM only when it is set", () => {
    expect(tune({}, null)).toBe("");
    expect(tune({}, "0-1,6")).toBe("<cputune><emulatorpin cpuset='0-1,6'/></cputune>");
    // NUMA nodes alone, as the scheduler leaves them, pin nothing.
    expect(tune({ TOPOLOGY: [{ PIN_POLICY: "NONE" }], NUMA_NODE: [node("1,2"), node("3,4")] }, null)).toBe("");
  });

  const pins = (...sets: string[]) => sets.map((set, vcpu) => `<vcpupin vcpu='${vcpu}' cpuset='${set}'/>`).join("");
  it.each<[string, Record<string, string>, string]>([
    ["each processor its own CPU for CORE", { PIN_POLICY: "CORE" }, pins("1", "2", "3", "5")],
    ["each processor its own CPU for THREAD", { PIN_POLICY: "thread" }, pins("1", "2", "3", "5")],
    ["all CPUs of the node for SHARED", { PIN_POLICY: "SHARED" }, pins("1,2", "1,2", "3,5", "3,5")],
    ["all CPUs of the node for affinity", { NODE_AFFINITY: "0" }, pins("1,2", "1,2", "3,5", "3,5")],
    ["all CPUs of the node for huge pages", { HUGEPAGE_SIZE: "2" }, pins("1,2", "1,2", "3,5", "3,5")],
  ])("%s; the emulator gets EMULATOR_CPUS, else the union of the nodes", (_name, topology, lines) => {
    const template = { TOPOLOGY: [topology], NUMA_NODE: [node("1,2"), node("3,5")] };
    expect(tune(template, "8")).toBe(`<cputune>${lines}<emulatorpin cpuset='8'/></cputune>`);
    expect(tune(template, null)).toBe(`<cputune>${lines}<emulatorpin cpuset='1,2,3,5'/></cputune>`);
  });

  it("reads ranges of CPUs", () => {
    expect(tune({ TOPOLOGY: [{ PIN_POLICY: "CORE" }], NUMA_NODE: [node("4-6", "3")] }, null)).toBe(
      `<cputune>${pins("4", "5", "6")}<emulatorpin cpuset='4,5,6'/></cputune>`,
    );
  });

  it.each<[string, Template, string | null, string]>([
    ["a set that is none", {}, "0'/><x", "EMULATOR_CPUS is"],
    [
      "CPUs of a node that are none",
      { TOPOLOGY: [{ PIN_POLICY: "CORE" }], NUMA_NODE: [node("a")] },
      null,
      "CPUS of NUMA_NODE",
    ],
    [
      "fewer CPUs than processors",
      { TOPOLOGY: [{ PIN_POLICY: "CORE" }], NUMA_NODE: [node("1")] },
      null,
      "1 CPUs for 2",
    ],
    [
      "a range without end",
      { TOPOLOGY: [{ PIN_POLICY: "CORE" }], NUMA_NODE: [node("5-3")] },
      null,
      "CPUS of NUMA_NODE",
    ],
    ["a policy that does not exist", { TOPOLOGY: [{ PIN_POLICY: "ALL" }] }, null, "PIN_POLICY"],
  ])("refuses %s", (_name, template, emulatorCpus, message) =>
    expect(refusal(template, { emulatorCpus })).toContain(message),
  );
});

describe("processors and memory", () => {
  it.each<[string, Template, Partial<DomainInput>, string]>([
    ["shares of cgroups v1", { CPU: ["0.5"] }, { cgroupsVersion: 1 }, "<cputune><shares>512</shares></cputune>"],
    ["shares of cgroups v2", { CPU: ["2"] }, { cgroupsVersion: 2 }, "<cputune><shares>200</shares></cputune>"],
    ["shares within bounds", { CPU: ["500"] }, { cgroupsVersion: 2 }, "<shares>10000</shares>"],
    [
      "a model",
      { CPU_MODEL: [{ MODEL: "EPYC", FEATURES: "svm, vmx" }] },
      {},
      "<cpu mode='custom' match='exact'><model fallback='forbid'>EPYC</model><feature name='svm' policy='require'/><feature name='vmx' policy='require'/></cpu>",
    ],
    ["host-model", { CPU_MODEL: [{ MODEL: "host-model" }] }, {}, "<cpu mode='host-model'/>"],
    [
      "sockets",
      { VCPU: ["4"], TOPOLOGY: [{ SOCKETS: "1", CORES: "2", THREADS: "2" }] },
      {},
      "<topology sockets='1' cores='2' threads='2'/>",
    ],
    [
      "huge pages",
      { TOPOLOGY: [{ HUGEPAGE_SIZE: "2" }] },
      {},
      "<memoryBacking><hugepages><page size='2' unit='M'/></hugepages></memoryBacking>",
    ],
    [
      "cells",
      {
        VCPU: ["3"],
        NUMA_NODE: [
          { TOTAL_CPUS: "2", MEMORY: "1024", MEMORY_NODE_ID: "1" },
          { TOTAL_CPUS: "1", MEMORY: "1024", MEMORY_NODE_ID: "0" },
        ],
      },
      {},
      "<numa><cell id='0' cpus='0-1' memory='1024' unit='KiB'/><cell id='1' cpus='2' memory='1024' unit='KiB'/></numa>",
    ],
    [
      "where cells lie on the host",
      { NUMA_NODE: [{ TOTAL_CPUS: "1", MEMORY: "1024", MEMORY_NODE_ID: "1" }] },
      {},
      "<numatune><memnode cellid='0' mode='strict' nodeset='1'/></numatune>",
    ],
  ])("%s", (_name, template, more, expected) => expect(xmlOf(template, more)).toContain(expected));

  it("has no shares where the host has no cgroups", () => expect(xmlOf({ CPU: ["2"] })).not.toContain("shares"));

  it("refuses a topology that is not the number of processors", () => {
    expect(refusal({ VCPU: ["3"], TOPOLOGY: [{ SOCKETS: "1", CORES: "2", THREADS: "2" }] })).toContain("not VCPU (3)");
  });
});

describe("disks", () => {
  const disk = (more: Record<string, string>) => xmlOf({ DISK: [{ ...DISK, ...more }] });
  it.each<[string, Record<string, string>, string]>([
    ["raw stays raw", { FORMAT: "raw" }, "type='raw'"],
    ["the cache of the template", { CACHE: "writeback" }, "cache='writeback'"],
    ["libvirt's cache", { CACHE: "default" }, "<driver name='qemu' type='qcow2' discard='unmap'/>"],
    ["discard off", { DISCARD: "ignore" }, "discard='ignore'"],
    ["native I/O", { IO: "native" }, "io='native'"],
    ["no native I/O through the page cache", { IO: "native", CACHE: "writeback" }, "cache='writeback' discard"],
    ["SCSI with a controller", { TARGET: "sda" }, "<controller type='scsi' index='0' model='virtio-scsi'/>"],
    ["IDE", { TARGET: "hda" }, "<target dev='hda' bus='ide'/>"],
    ["limits", { TOTAL_IOPS_SEC: "500" }, "<iotune><total_iops_sec>500</total_iops_sec></iotune>"],
    ["read-only", { READONLY: "YES" }, "<readonly/>"],
    [
      "a CD-ROM's file where it lies",
      { TYPE: "CDROM", TARGET: "hdb", SOURCE: "/iso/a'b.iso" },
      "<source file='/iso/a&apos;b.iso'/><target dev='hdb' bus='ide'/><readonly/></disk>",
    ],
    ["an empty drive", { TYPE: "CDROM", TARGET: "hdb", SOURCE: "" }, "cache='none'/><target dev='hdb'"],
    ["a CD-ROM made of an image", { TYPE: "CDROM", TARGET: "hdb", IMAGE_ID: "3" }, "<source file='/ds/0/7/disk.0'/>"],
    ["a volatile disk", { TYPE: "fs", FORMAT: "raw", SOURCE: "" }, "<source file='/ds/0/7/disk.0'/>"],
    [
      "a clone on Ceph",
      {
        TYPE: "RBD",
        SOURCE: "one/one-3",
        CEPH_HOST: "mon1 [fd00::1]:3300",
        CEPH_USER: "libvirt",
        CEPH_SECRET: "d2a1-b",
      },
      "<disk type='network' device='disk'><driver name='qemu' type='raw' cache='none' discard='unmap'/><auth username='libvirt'><secret type='ceph' uuid='d2a1-b'/></auth><source protocol='rbd' name='one/one-3-7-0'><host name='mon1'/><host name='fd00::1' port='3300'/></source>",
    ],
    ["a persistent image on Ceph", { TYPE: "RBD", SOURCE: "one/one-3", PERSISTENT: "YES" }, "name='one/one-3'"],
    ["a volatile disk on Ceph", { TYPE: "fs", TM_MAD: "ceph", SOURCE: "", POOL_NAME: "one" }, "name='one/one-sys-7-0'"],
  ])("%s", (_name, more, expected) => expect(disk(more)).toContain(expected));

  it("uses SATA on q35, which has no IDE", () => {
    expect(xmlOf({ OS: [{ MACHINE: "q35" }], DISK: [{ ...DISK, TARGET: "hda" }] })).toContain("bus='sata'");
  });

  it.each<[string, Record<string, string>, string]>([
    ["a target that is none", { TARGET: "vda'/><x" }, "TARGET of disk 0"],
    ["a format of another kind", { FORMAT: "vmdk" }, "FORMAT of disk 0"],
    ["a cache that does not exist", { CACHE: "magic" }, "CACHE of disk 0"],
    ["an ISO by a relative path", { TYPE: "CDROM", TARGET: "hdb", SOURCE: "../x" }, "SOURCE of disk 0"],
    ["no id", { DISK_ID: "../../etc" }, "no DISK_ID"],
    ["a pool with a path in it", { TYPE: "RBD", SOURCE: "../x/y" }, "of disk 0"],
    ["a monitor that is none", { TYPE: "RBD", SOURCE: "one/x", CEPH_HOST: "-oProxyCommand=x" }, "CEPH_HOST"],
    ["limits that are none", { READ_BYTES_SEC: "1'" }, "READ_BYTES_SEC"],
  ])("refuses %s", (_name, more, message) => expect(refusal({ DISK: [{ ...DISK, ...more }] })).toContain(message));

  it("boots in the order of BOOT", () => {
    const xml = xmlOf({
      OS: [{ BOOT: "nic0,disk1" }],
      DISK: [DISK, { ...DISK, DISK_ID: "1", TARGET: "vdb" }],
      NIC: [{ NIC_ID: "0", BRIDGE: "br0" }],
    });
    expect(xml).toContain("<target dev='vda' bus='virtio'/></disk>");
    expect(xml).toContain("<target dev='vdb' bus='virtio'/><boot order='2'/>");
    expect(xml).toContain("<model type='virtio'/><boot order='1'/></interface>");
    expect(refusal({ OS: [{ BOOT: "cdrom" }] })).toContain("BOOT names");
  });
});

describe("NICs, graphics, boot", () => {
  it.each<[string, Template, string]>([
    [
      "a bridge",
      { NIC: [{ NIC_ID: "0", BRIDGE: "br0", MAC: "02:00:c0:a8:00:01" }] },
      "<interface type='bridge'><source bridge='br0'/><mac address='02:00:c0:a8:00:01'/><target dev='one-7-0'/><model type='virtio'/></interface>",
    ],
    [
      "Open vSwitch",
      { NIC: [{ NIC_ID: "0", BRIDGE: "ovs0", BRIDGE_TYPE: "openvswitch" }] },
      "<virtualport type='openvswitch'/>",
    ],
    [
      "a libvirt network",
      { NIC: [{ NIC_ID: "1", LIBVIRT_NETWORK: "default", MODEL: "e1000" }] },
      "<interface type='network'><source network='default'/><target dev='one-7-1'/><model type='e1000'/>",
    ],
    [
      "VNC on this host alone",
      { GRAPHICS: [{ TYPE: "VNC" }] },
      "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>",
    ],
    [
      "VNC as asked for",
      { GRAPHICS: [{ TYPE: "vnc", LISTEN: "0.0.0.0", PORT: "5907", PASSWD: "a'b", KEYMAP: "es" }] },
      "<graphics type='vnc' port='5907' autoport='no' listen='0.0.0.0' keymap='es' passwd='a&apos;b'/>",
    ],
    [
      "the guest agent's port",
      { FEATURES: [{ GUEST_AGENT: "YES" }] },
      "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    ],
    [
      "no ACPI",
      { FEATURES: [{ ACPI: "NO", LOCALTIME: "YES" }] },
      "<features><apic/></features><clock offset='localtime'/>",
    ],
    [
      "a kernel",
      { OS: [{ KERNEL: "/k", INITRD: "/i", ROOT: "vda1", KERNEL_CMD: "ro" }] },
      "<kernel>/k</kernel><initrd>/i</initrd><cmdline>root=/dev/vda1 ro</cmdline>",
    ],
    [
      "machine and architecture",
      { OS: [{ ARCH: "aarch64", MACHINE: "virt" }] },
      "<type arch='aarch64' machine='virt'>hvm</type>",
    ],
    [
      "UEFI",
      { OS: [{ FIRMWARE: "UEFI" }] },
      "<os firmware='efi'><type arch='x86_64'>hvm</type><nvram>/ds/0/7/VM_NVRAM.fd</nvram></os>",
    ],
    [
      "a firmware file",
      { OS: [{ FIRMWARE: "/usr/share/OVMF/OVMF_CODE.fd" }] },
      "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>",
    ],
    ["an input device", { INPUT: [{ TYPE: "tablet", BUS: "usb" }] }, "<input type='tablet' bus='usb'/>"],
    [
      "the UUID",
      { OS: [{ UUID: "0F0E0D0C-0000-4000-8000-000000000001" }] },
      "<uuid>0f0e0d0c-0000-4000-8000-000000000001</uuid>",
    ],
  ])("%s", (_name, template, expected) => expect(xmlOf(template)).toContain(expected));

  it("leaves a NIC without a bridge out and says so", () => {
    const built = buildDomain(input({ NIC: [{ NIC_ID: "0", NETWORK: "lan" }] }));
    expect(built.xml).not.toContain("interface");
    expect(built.warnings).toEqual(["NIC 0 (network lan) has no bridge on the host: the guest starts without it."]);
  });

  it.each<[string, Template, string]>([
    ["a bridge that is an option", { NIC: [{ NIC_ID: "0", BRIDGE: "-x" }] }, "BRIDGE of NIC 0"],
    ["a MAC that is none", { NIC: [{ NIC_ID: "0", BRIDGE: "br0", MAC: "02" }] }, "MAC of NIC 0"],
    ["an address that is none", { GRAPHICS: [{ TYPE: "vnc", LISTEN: "x y" }] }, "GRAPHICS/LISTEN"],
    ["a port of the system", { GRAPHICS: [{ TYPE: "vnc", PORT: "22" }] }, "GRAPHICS/PORT"],
    ["a kernel by a relative path", { OS: [{ KERNEL: "k" }] }, "OS/KERNEL"],
    ["a firmware that is any file", { OS: [{ FIRMWARE: "/etc/shadow" }] }, "FIRMWARE is"],
    ["a firmware by a way around", { OS: [{ FIRMWARE: "/usr/share/OVMF/../../../etc/a.fd" }] }, "FIRMWARE is"],
    ["a machine with a quote", { OS: [{ MACHINE: "pc'" }] }, "MACHINE is"],
    ["an unknown architecture", { OS: [{ ARCH: "z80" }] }, "ARCH is"],
  ])("refuses %s", (_name, template, message) => expect(refusal(template)).toContain(message));
});
