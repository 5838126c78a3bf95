import { expect, it } from "vitest";
import { CpuSet, DiskTarget, LibvirtUri } from "./grammar";

it.each([
  ["qemu:///system", true],
  ["qemu:///session", true],
  ["qemu:///system?socket=/run/libvirt/libvirt-sock", true],
  ["test:///default", true],
  ["qemu+ssh://host/system", false],
  ["qemu+ext:///system?command=/tmp/x", false],
  ["qemu:///system?command=/tmp/x", false],
  ["qemu:///system?socket=/a&command=/tmp/x", false],
  ["-c", false],
  ["", false],
])("LIBVIRT_URI %s", (uri, isFine) => expect(LibvirtUri.safeParse(uri).success).toBe(isFine));

it.each([
  ["0", true],
  ["0-3,8", true],
  ["0,", false],
  ["^3", false],
  ["0 1", false],
])("a set of CPUs %j", (set, isFine) => expect(CpuSet.safeParse(set).success).toBe(isFine));

it.each([
  ["vda", true],
  ["sdab", true],
  ["nvme0", false],
  ["vda1", false],
])("a target %s", (target, isFine) => expect(DiskTarget.safeParse(target).success).toBe(isFine));
