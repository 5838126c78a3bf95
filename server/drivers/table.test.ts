import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ACTIONS, actionNameOf } from "./table";

describe("actionNameOf", () => {
  it.each([
    ["/x/remotes/datastore/rsync/backup", "datastore/rsync/backup"],
    ["remotes/tm/qcow2/prebackup", "tm/qcow2/prebackup"],
    ["/x/remotes/downloader/rsync", "downloader/rsync"],
    ["/x/remotes/datastore/borg/backup", null],
    ["/x/drivers/main.mjs", null],
    ["/x/datastore/rsync/constructor", null],
    ["", null],
  ])("%s", (path, name) => {
    expect(actionNameOf(path)).toBe(name);
  });
});

describe("ACTIONS", () => {
  it("has every action that docs/drivers.md lists", () => {
    const text = readFileSync(new URL("../../docs/drivers.md", import.meta.url), "utf8");
    const section = (title: string) => text.split(`### ${title}`)[1]?.split("\n#")[0] ?? "";
    const names = (title: string) =>
      [...section(title).matchAll(/^\| ((?:`\w+`(?:, )?)+)/gm)].flatMap((row) =>
        [...(row[1] ?? "").matchAll(/\w+/g)].map((word) => word[0]),
      );
    const expected = [
      ...names("datastore, for backups (`rsync`)").map((name) => `datastore/rsync/${name}`),
      ...names("datastore, for backups (`restic`)").map((name) => `datastore/restic/${name}`),
      ...names("datastore, for images (`fs`)").map((name) => `datastore/fs/${name}`),
      ...["qcow2", "shared", "ssh"].flatMap((driver) =>
        names("tm (`qcow2`, `shared`, `ssh`)").map((name) => `tm/${driver}/${name}`),
      ),
      "downloader/rsync",
      "downloader/restic",
    ];
    expect(expected.length).toBeGreaterThan(20);
    expect(Object.keys(ACTIONS)).toEqual(expect.arrayContaining(expected));
  });
});
