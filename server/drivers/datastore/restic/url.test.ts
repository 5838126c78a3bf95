import { describe, expect, it } from "vitest";
import { formatResticUrl, parseResticUrl } from "./url";

const URL = { datastoreId: 100, jobId: null, chain: [{ incrementId: 0, backupId: "6da1c7aa" }], vmId: 13, diskId: 2 };

describe("formatResticUrl", () => {
  it("names the path of the disk, with the VM's id before its folder", () => {
    expect(formatResticUrl(URL, "/var/lib/one/datastores/0/13/backup/disk.2.0")).toBe(
      "restic://100//0:6da1c7aa/var/lib/one/datastores/0/13/backup/disk.2.0",
    );
    expect(formatResticUrl({ ...URL, jobId: 4 }, "/srv/vm/backup/disk.2.0")).toBe(
      "restic://100/4/0:6da1c7aa/13/backup/disk.2.0",
    );
  });
});

describe("parseResticUrl", () => {
  it("takes apart what upstream writes", () => {
    const text = "restic://100/7/0:1e00382b,1:742cc071/var/lib/one/datastores/0/13/backup/disk.2.0";
    expect(parseResticUrl(text, { id: 100 })).toEqual({
      datastoreId: 100,
      jobId: 7,
      chain: [
        { incrementId: 0, backupId: "1e00382b" },
        { incrementId: 1, backupId: "742cc071" },
      ],
      vmId: 13,
      diskId: 2,
    });
  });

  it.each([
    ["rsync://100//0:aaaaaa/1/backup/disk.0.0", "malformed"],
    ["restic://101//0:aaaaaa/1/backup/disk.0.0", "datastore 101"],
    ["restic://100//0:--help/1/backup/disk.0.0", "malformed"],
    ["restic://100//0:aaaaaa,0:bbbbbb/1/backup/disk.0.0", "not in order"],
    ["restic://100//0:aaaaaa,1:aaaaaa/1/backup/disk.0.0", "repeats"],
    ["restic://100//0:aaaaaa/1/backup/vm.xml", "not that of a stored disk"],
    ["restic://100//0:aaaaaa/1/backup/disk.0.0/../x", "not that of a stored disk"],
  ])("refuses %s", (text, reason) => {
    expect(() => parseResticUrl(text, { id: 100 })).toThrow(reason);
  });
});
