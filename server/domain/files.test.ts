import { expect, test } from "vitest";
import { attachmentHeader, FileAddress, whyUnreadable } from "./files";

test.each([
  ["report.pdf", `attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`],
  ["../../etc/passwd", `attachment; filename="__.._etc_passwd"; filename*=UTF-8''__.._etc_passwd`],
  ['a"b\r\nX: y;', `attachment; filename="a_b__X_ y_"; filename*=UTF-8''a%22b__X%3A%20y%3B`],
  ["ñ'(1)*", `attachment; filename="__(1)_"; filename*=UTF-8''%C3%B1%27%281%29%2A`],
  ["\ud800x", `attachment; filename="_x"; filename*=UTF-8''_x`],
  ["", `attachment; filename="file"; filename*=UTF-8''file`],
  [".htaccess", `attachment; filename="_htaccess"; filename*=UTF-8''_htaccess`],
])("the header of a download ends where it should: %j", (name, header) => {
  expect(attachmentHeader(name)).toBe(header);
});

test("a file is addressed by numbers alone", () => {
  for (const good of ["", "12", "64-128-2"]) expect(FileAddress.safeParse(good).success).toBe(true);
  for (const bad of ["-r", "../1", "1-2", "1 2", "0x1", "1\n"]) expect(FileAddress.safeParse(bad).success).toBe(false);
});

test("what cannot be read says what to do", () => {
  for (const name of ["ext4", "xfs", "ntfs"]) expect(whyUnreadable(name)).toBeNull();
  expect(whyUnreadable("crypto_LUKS")).toContain("encrypted");
  expect(whyUnreadable("btrfs")).toContain("Restore the disk");
  expect(whyUnreadable("constructor")).toContain("cannot be read");
});
