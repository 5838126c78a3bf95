import { describe, expect, it } from "vitest";
import { CreateHost, importReason, type ListedDomain } from "./host";

const DISK = {
  target: "vda",
  device: "disk",
  type: "file",
  format: "qcow2",
  source: "/a",
  isReadonly: false,
  bytes: 1,
};

function domain(more: Partial<ListedDomain>): ListedDomain {
  return {
    name: "web",
    uuid: "00000000-0000-4000-8000-000000000001",
    state: "off",
    isPersistent: true,
    cpus: 1,
    memoryMib: 64,
    machine: "pc",
    arch: "x86_64",
    hasAgent: false,
    disks: [DISK],
    nics: [],
    ...more,
  };
}

describe("importReason", () => {
  it.each<[string, Partial<ListedDomain>, RegExp | null]>([
    ["a disk file", {}, null],
    ["a CD-ROM besides", { disks: [DISK, { ...DISK, target: "hda", device: "cdrom", source: "" }] }, null],
    ["no disk", { disks: [{ ...DISK, device: "cdrom" }] }, /no disk file/],
    ["a block device", { disks: [DISK, { ...DISK, target: "vdb", type: "block" }] }, /vdb is no file \(block\)/],
    ["a network disk", { disks: [{ ...DISK, type: "network" }] }, /\(network\)/],
    ["a LUN", { disks: [{ ...DISK, device: "lun" }] }, /\(lun\)/],
    ["another format", { disks: [{ ...DISK, format: "vmdk" }] }, /format vmdk/],
    ["no stated format", { disks: [{ ...DISK, format: "" }] }, /format unknown/],
    ["a disk without a file", { disks: [{ ...DISK, source: "" }] }, /has no file/],
    ["a name like an option", { name: "-x" }, /name cannot be used/],
  ])("%s", (_name, more, reason) => {
    const answer = importReason(domain(more));
    if (reason === null) expect(answer).toBeNull();
    else expect(answer).toMatch(reason);
  });
});

it.each([
  ["host-1", true],
  ["10.0.0.7", true],
  ["fd00::7", true],
  ["-oProxyCommand=x", false],
  ["a b", false],
])("a host named %s", (name, isFine) => expect(CreateHost.safeParse({ name }).success).toBe(isFine));
