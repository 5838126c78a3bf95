import { describe, expect, it } from "vitest";
import { parseStats } from "../kvm/poll";
import { isActive } from "./domain";
import { readDomain } from "./domain-info";
import { libvirtWords } from "./virsh";

describe("readDomain", () => {
  it("reads names, sizes, disks and NICs as text", () => {
    const domain =
      readDomain(`<domain type='kvm' id='3'><name>a &amp; 'b'</name><uuid>00000000-0000-4000-8000-00000000000A</uuid>
      <metadata><one:vm xmlns:one="http://opennebula.org/xmlns/libvirt/1.0"><one:system_datastore>/ds/0/7</one:system_datastore></one:vm></metadata>
      <memory unit='GiB'>4</memory><currentMemory unit='KiB'>1048576</currentMemory><vcpu placement='static' current='2'>8</vcpu>
      <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
      <devices>
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file="/a/it's.qcow2"/><backingStore><source file='/base'/></backingStore><target dev='vda' bus='virtio'/></disk>
        <disk type='network' device='disk'><driver type='raw'/><source protocol='rbd' name='one/one-1'/><target dev='vdb'/></disk>
        <disk type='block'><source dev='/dev/sdb'/><target dev='vdc'/><readonly/></disk>
        <interface type='bridge'><mac address='02:00:00:00:00:01'/><source bridge='br0'/><model type='virtio'/></interface>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
      </devices></domain>`);
    expect(domain).toMatchObject({
      name: "a & 'b'",
      uuid: "00000000-0000-4000-8000-00000000000a",
      vcpus: 2,
      memoryMib: 1024,
      machine: "pc-q35-7.2",
      hasAgent: true,
      vmDir: "/ds/0/7",
      nics: [{ mac: "02:00:00:00:00:01", type: "bridge", network: "br0", model: "virtio" }],
    });
    expect(
      domain.disks.map(({ target, type, device, source, format }) => [target, type, device, source, format]),
    ).toEqual([
      ["vda", "file", "disk", "/a/it's.qcow2", "qcow2"],
      ["vdb", "network", "disk", "rbd:one/one-1", "raw"],
      ["vdc", "block", "disk", "/dev/sdb", ""],
    ]);
  });

  it("has defaults for a domain that says little", () => {
    expect(readDomain("<domain><name>x</name></domain>")).toMatchObject({
      vcpus: 1,
      memoryMib: 0,
      disks: [],
      vmDir: "",
    });
  });
});

describe("parseStats", () => {
  it("tells running, paused and off, whatever the names", () => {
    const output = [
      "Domain: 'a'",
      "  state.state=1",
      "  state.reason=5",
      "",
      "Domain: 'it's $(x)'",
      "  state.state=3",
      "  state.reason=1",
      "",
      "Domain: 'full'",
      "  state.state=3",
      "  state.reason=5",
      "",
      "Domain: 'off'",
      "  state.state=5",
      "  state.reason=0",
      "Domain: 'stuck'",
    ].join("\n");
    expect(parseStats(output)).toEqual([
      { name: "a", state: "running" },
      { name: "it's $(x)", state: "paused" },
      { name: "full", state: "ioerror" },
      { name: "off", state: "off" },
      { name: "stuck", state: "off" },
    ]);
    expect(parseStats("")).toEqual([]);
  });
});

it.each([
  ["running", true],
  ["paused", true],
  ["in shutdown", true],
  ["pmsuspended", true],
  ["shut off", false],
  ["crashed", false],
  ["missing", false],
])("a domain that is %s is active: %s", (word, active) => expect(isActive(word)).toBe(active));

it("takes libvirt's own words out of its output", () => {
  expect(libvirtWords("warning: x\nerror: Failed to start domain 'a'\nerror: internal error: y\n")).toBe(
    "Failed to start domain 'a': internal error: y",
  );
  expect(libvirtWords("something else")).toBe("");
});
