import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backupName, backupUrl, parseBackupUrl } from "./backup-url";

describe("parseBackupUrl", () => {
  it("reads the reference's example", () => {
    expect(parseBackupUrl("rsync://100//0:6da1c7,1:06132a/var/lib/one/datastores/100/13/6da1c7/disk.0.0")).toEqual({
      datastoreId: 100,
      jobId: null,
      chain: [
        { incrementId: 0, backupId: "6da1c7" },
        { incrementId: 1, backupId: "06132a" },
      ],
      path: "/var/lib/one/datastores/100/13/6da1c7/disk.0.0",
      vmId: 13,
      diskId: 0,
    });
    expect(parseBackupUrl("rsync://1/3/0:aabbcc/7/aabbcc/disk.2.0")).toMatchObject({ jobId: 3, diskId: 2, vmId: 7 });
  });

  it.each([
    ["another scheme", "restic://100//0:aabbcc/b/7/aabbcc/disk.0.0"],
    ["no chain", "rsync://100///b/7/aabbcc/disk.0.0"],
    ["no job field", "rsync://100/0:aabbcc/b/7/aabbcc/disk.0.0"],
    ["a datastore that is no id", "rsync://x//0:aabbcc/b/7/aabbcc/disk.0.0"],
    ["an id out of range", "rsync://9999999999//0:aabbcc/b/7/aabbcc/disk.0.0"],
    ["upper-case backup id", "rsync://100//0:AABBCC/b/7/AABBCC/disk.0.0"],
    ["a short backup id", "rsync://100//0:aabb/b/7/aabb/disk.0.0"],
    ["an empty chain part", "rsync://100//0:aabbcc,/b/7/aabbcc/disk.0.0"],
    ["increments out of order", "rsync://100//1:aabbcc,0:ddeeff/b/7/aabbcc/disk.0.0"],
    ["a repeated increment", "rsync://100//1:aabbcc,1:ddeeff/b/7/aabbcc/disk.0.0"],
    ["a step up", "rsync://100//0:aabbcc/b/../7/aabbcc/disk.0.0"],
    ["a doubled slash", "rsync://100//0:aabbcc/b//7/aabbcc/disk.0.0"],
    ["a line break", "rsync://100//0:aabbcc/b\n/7/aabbcc/disk.0.0"],
    ["another file", "rsync://100//0:aabbcc/b/7/aabbcc/vm.xml"],
    ["a backup outside the chain", "rsync://100//0:aabbcc/b/7/ddeeff/disk.0.0"],
    ["something behind", "rsync://100//0:aabbcc/b/7/aabbcc/disk.0.0;x"],
    ["too long", `rsync://100//0:aabbcc/${"b".repeat(70_000)}/7/aabbcc/disk.0.0`],
  ])("refuses %s", (_name, url) => {
    expect(() => parseBackupUrl(url)).toThrow(/^Not a backup URL: /);
  });
});

describe("backupUrl", () => {
  it("names the newest backup and normalises the base", () => {
    const chain = [
      { incrementId: 3, backupId: "aabbcc" },
      { incrementId: 4, backupId: "ddeeff" },
    ];
    expect(backupUrl({ datastoreId: 1, jobId: null, chain, basePath: "/var//b/", vmId: 7, diskId: 2 })).toBe(
      "rsync://1//3:aabbcc,4:ddeeff/var/b/7/ddeeff/disk.2.4",
    );
    expect(() => backupUrl({ datastoreId: 1, jobId: null, chain: [], basePath: "/b", vmId: 7, diskId: 2 })).toThrow();
    expect(() => backupUrl({ datastoreId: 1, jobId: null, chain, basePath: "/b/..", vmId: 7, diskId: 2 })).toThrow();
    expect(() => backupUrl({ datastoreId: -1, jobId: null, chain, basePath: "/b", vmId: 7, diskId: 2 })).toThrow();
  });

  it("is what parseBackupUrl reads", () => {
    const id = fc.integer({ min: 0, max: 2_147_483_647 });
    const backupId = fc.stringMatching(/^[0-9a-f]{6,24}$/);
    const folder = fc.stringMatching(/^[A-Za-z0-9 ,:._é-]{1,12}$/).filter((text) => text !== "." && text !== "..");
    const input = fc.record({
      datastoreId: id,
      jobId: fc.option(id),
      vmId: id,
      diskId: fc.integer({ min: 0, max: 999_999 }),
      increments: fc.uniqueArray(fc.integer({ min: 0, max: 999_999_999 }), { minLength: 1, maxLength: 8 }),
      backupIds: fc.array(backupId, { minLength: 8, maxLength: 8 }),
      folders: fc.array(folder, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(input, ({ increments, backupIds, folders, ...rest }) => {
        const chain = [...increments]
          .sort((a, b) => a - b)
          .map((incrementId, index) => ({ incrementId, backupId: backupIds[index] ?? "aabbcc" }));
        const parsed = parseBackupUrl(backupUrl({ ...rest, chain, basePath: `/${folders.join("/")}` }));
        expect(parsed).toMatchObject({ ...rest, chain });
      }),
    );
  });
});

describe("backupName", () => {
  it.each([
    [162, "2026-07-19T13:00:49Z", "Europe/Madrid", "162 19-Jul 15.00.49"],
    [0, "2026-12-01T00:00:00Z", "UTC", "0 01-Dec 00.00.00"],
    [1, "2026-01-01T05:30:09Z", "America/New_York", "1 01-Jan 00.30.09"],
  ])("of VM %d", (vmId, at, zone, expected) => {
    expect(backupName(vmId, new Date(at), zone)).toBe(expected);
  });
});
