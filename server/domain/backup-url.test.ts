import { expect, test } from "vitest";
import { isBackupUrl, parseBackupUrlParts } from "./backup-url";

const A = "0123456789abcdef01234567";
const B = "fedcba987654321001234567";

test("the URL of a chain", () => {
  expect(parseBackupUrlParts(`rsync://100//0:${A},4:${B}/backups/a b/7/${A}/disk.2.0`)).toEqual({
    scheme: "rsync",
    datastoreId: 100,
    chain: [
      { incrementId: 0, source: A },
      { incrementId: 4, source: B },
    ],
    vmId: 7,
    diskId: 2,
  });
  expect(parseBackupUrlParts("restic://9/3/0:25f4b298/var/tmp/7/backup/disk.0.0")).toMatchObject({
    scheme: "restic",
    datastoreId: 9,
    vmId: 7,
  });
});

test.each([
  `http://100//0:${A}/b/7/${A}/disk.0.0`,
  `rsync://100//${A}/b/7/${A}/disk.0.0`,
  `rsync://100//0:${A},0:${B}/b/7/${A}/disk.0.0`,
  `rsync://100//4:${A},1:${B}/b/7/${A}/disk.0.0`,
  `rsync://100//0:${A}/b/../etc/7/${A}/disk.0.0`,
  `rsync://100//0:${A}/b/7/${A}/vm.xml`,
  `rsync://100//0:${A}/b/7/${A}/disk.0.0\n`,
  `rsync://100//0:${A}/b/7/${A}/disk.0.0;id`,
  `rsync://-1//0:${A}/b/7/${A}/disk.0.0`,
  `rsync://100//0:${"a".repeat(65)}/b/7/${A}/disk.0.0`,
  `rsync://100//0:${A}${"/x".repeat(40_000)}/7/${A}/disk.0.0`,
  "",
])("refused: %s", (url) => {
  expect(parseBackupUrlParts(url)).toBeNull();
});

test("what looks like one, and what is a file", () => {
  expect(isBackupUrl("rsync://x")).toBe(true);
  expect(isBackupUrl("restic+rbd://x")).toBe(true);
  expect(isBackupUrl("/var/tmp/rsync://x")).toBe(false);
  expect(isBackupUrl("https://x")).toBe(false);
});
