import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diskPath, formatBackupUrl, parseBackupUrl } from "./url";

const datastore = { id: 100, basePath: "/var/lib/one/datastores/100" };

describe("parseBackupUrl", () => {
  it("reads the URL of upstream's documentation, with doubled slashes", () => {
    const url = parseBackupUrl(
      "rsync://100//0:6da1c7,1:06132a//var/lib/one//datastores/100/13/6da1c7/disk.0.0",
      datastore,
    );
    expect(url).toEqual({
      datastoreId: 100,
      jobId: null,
      chain: [
        { incrementId: 0, backupId: "6da1c7" },
        { incrementId: 1, backupId: "06132a" },
      ],
      vmId: 13,
      diskId: 0,
    });
    expect(diskPath(datastore.basePath, url, { incrementId: 1, backupId: "06132a" })).toBe(
      "/var/lib/one/datastores/100/13/06132a/disk.0.1",
    );
  });

  it("reads back what formatBackupUrl prints", () => {
    const backupId = fc.stringMatching(/^[0-9a-f]{24}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(backupId, { minLength: 1, maxLength: 20 }),
        fc.nat(1_000_000),
        fc.nat(9),
        fc.option(fc.nat(1000)),
        fc.nat(5),
        fc.constantFrom("/r", "/a b/c", "/x'y/$(z)", "/1:ab,2"),
        (ids, vmId, diskId, jobId, start, basePath) => {
          const chain = ids.map((id, index) => ({ incrementId: start + index, backupId: id }));
          const url = { datastoreId: 7, jobId, chain, vmId, diskId };
          expect(parseBackupUrl(formatBackupUrl(basePath, url), { id: 7, basePath })).toEqual(url);
        },
      ),
    );
  });

  const path = "/var/lib/one/datastores/100/13/6da1c7/disk.0.0";
  it.each([
    ["another scheme", `restic://100//0:6da1c7${path}`],
    ["another datastore", `rsync://101//0:6da1c7${path}`],
    ["a path outside", "rsync://100//0:6da1c7/etc/13/6da1c7/disk.0.0"],
    ["a path that only begins alike", "rsync://100//0:6da1c7/var/lib/one/datastores/1000/13/6da1c7/disk.0.0"],
    ["dots", "rsync://100//0:6da1c7/var/lib/one/datastores/100/../100/13/6da1c7/disk.0.0"],
    ["another file", "rsync://100//0:6da1c7/var/lib/one/datastores/100/13/6da1c7/vm.xml"],
    ["a path that is not in the chain", "rsync://100//0:6da1c7/var/lib/one/datastores/100/13/aaaaaa/disk.0.0"],
    ["an empty chain", `rsync://100//${path}`],
    ["a chain out of order", `rsync://100//1:6da1c7,0:06132a${path}`],
    ["a chain with a repeated id", `rsync://100//0:6da1c7,1:6da1c7${path}`],
    ["an id that is not hexadecimal", `rsync://100//0:6da1cg${path}`],
    ["a chain without increment", `rsync://100//6da1c7${path}`],
    ["a line break", `rsync://100//0:6da1c7${path}\n`],
    ["nothing", ""],
  ])("refuses %s", (_name, text) => {
    expect(() => parseBackupUrl(text, datastore)).toThrow(/is refused/);
  });
});
