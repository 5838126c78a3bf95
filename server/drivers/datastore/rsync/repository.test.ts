import { describe, expect, it } from "vitest";
import { parseXml } from "../../xml";
import { parseBackupImage } from "./backup-image";
import { parseHostPath, parseRepository, toMib } from "./repository";

function repositoryOf(attributes: Record<string, string>, basePath = "/r//x/") {
  const template = Object.entries({ RSYNC_HOST: "bk", ...attributes })
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join("");
  return parseRepository(
    parseXml(`<DATASTORE><ID>5</ID><BASE_PATH>${basePath}</BASE_PATH><TEMPLATE>${template}</TEMPLATE></DATASTORE>`),
  );
}

describe("parseRepository", () => {
  it("normalises the path and fills in the defaults", () => {
    expect(repositoryOf({})).toEqual({
      id: 5,
      server: { host: "bk", user: "oneadmin" },
      basePath: "/r/x",
      rsyncArgs: [],
      reserveBytes: null,
      tmpDir: "/var/tmp",
      repoId: null,
      limits: expect.any(Function),
    });
  });

  it.each([
    ["RSYNC_HOST", { RSYNC_HOST: "-oProxyCommand=x" }],
    ["RSYNC_HOST", { RSYNC_HOST: "" }],
    ["RSYNC_HOST", { RSYNC_HOST: "a b" }],
    ["RSYNC_USER", { RSYNC_USER: "root;id" }],
    ["RSYNC_PORT", { RSYNC_PORT: "22 -o x" }],
    ["RSYNC_PORT", { RSYNC_PORT: "70000" }],
    ["RSYNC_TMP_DIR", { RSYNC_TMP_DIR: "tmp" }],
    ["RESERVE_MB", { RESERVE_MB: "-1" }],
    ["REPO_ID", { REPO_ID: "../x" }],
  ])("names %s when it is wrong: %j", (name, attributes) => {
    expect(() => repositoryOf(attributes)).toThrow(name);
  });

  it.each(["/", "//", "", "r", "/r/../etc", "/r/./x", "/r&#10;x"])("refuses the base path %j", (basePath) => {
    expect(() => repositoryOf({}, basePath)).toThrow("BASE_PATH");
  });
});

describe("parseHostPath", () => {
  it("splits at the first :/", () => {
    expect(parseHostPath("node-1:/var/x y")).toEqual({ host: { host: "node-1" }, dir: "/var/x y" });
    expect(parseHostPath("fe80::1:/x")).toEqual({ host: { host: "fe80::1" }, dir: "/x" });
  });
  it.each(["node-1", ":/x", "-x:/y", "a b:/x", "a:x"])("refuses %j", (text) => {
    expect(() => parseHostPath(text)).toThrow();
  });
});

describe("parseBackupImage", () => {
  it("sorts increments by id, and takes SOURCE for a backup without them", () => {
    const increments =
      "<INCREMENT><ID>10</ID><SOURCE>bbbbbb</SOURCE></INCREMENT><INCREMENT><ID>9</ID><SOURCE>aaaaaa</SOURCE></INCREMENT>";
    const chain = parseXml(
      `<IMAGE><SOURCE>aaaaaa</SOURCE><BACKUP_INCREMENTS>${increments}</BACKUP_INCREMENTS></IMAGE>`,
    );
    expect(parseBackupImage(chain).chain.map((point) => point.incrementId)).toEqual([9, 10]);
    const full = parseXml("<IMAGE><SOURCE>aaaaaa</SOURCE><VMS><ID>3</ID></VMS><BACKUP_INCREMENTS/></IMAGE>");
    expect(parseBackupImage(full)).toEqual({ vmId: 3, jobId: null, chain: [{ incrementId: 0, backupId: "aaaaaa" }] });
  });
});

describe("toMib", () => {
  it("rounds up", () => {
    expect([0, 1, 1024 ** 2, 1024 ** 2 + 1].map(toMib)).toEqual([0, 1, 1, 2]);
  });
});
