import { describe, expect, it } from "vitest";
import { parseXml } from "../../xml";
import { parseResticDatastore, repositoryPath } from "./repository";

const parse = (extra: string, password = "secret-canary") =>
  parseResticDatastore(
    parseXml(
      `<DATASTORE><ID>7</ID><BASE_PATH>/var//lib/x/</BASE_PATH><TEMPLATE><RESTIC_SFTP_SERVER>backup-1</RESTIC_SFTP_SERVER><RESTIC_PASSWORD>${password}</RESTIC_PASSWORD>${extra}</TEMPLATE></DATASTORE>`,
    ),
  );

describe("parseResticDatastore", () => {
  it("has upstream's defaults", () => {
    expect(parse("")).toMatchObject({
      id: 7,
      server: { host: "backup-1", user: "oneadmin" },
      basePath: "/var/lib/x",
      tmpDir: "/var/tmp",
      compression: "auto",
      connections: null,
      bandwidth: null,
      processors: null,
      pruneOptions: ["--max-unused=0"],
    });
    expect(parse("").limits("/x").words).toEqual(["", "", "", "", "", "", "backup.7.slice", "/x"]);
  });

  it("strips outer quotes of the password only", () => {
    expect(parse("", '"a b"').password).toBe("a b");
    expect(parse("", "it's").password).toBe("it's");
  });

  it("reads every attribute", () => {
    const extra = Object.entries({
      BACKEND: "sftp",
      SFTP_PORT: "2222",
      BWLIMIT: "500",
      COMPRESSION: "MAX",
      CONNECTIONS: "9",
      MAXPROC: "2",
      PRUNE_MAX_REPACK: "10G",
      PRUNE_MAX_UNUSED: "5%",
      NICE: "19",
      IONICE: "7",
      MAX_RIOPS: "100",
      MAX_WIOPS: "-1",
      CPU_QUOTA: "50%",
      MEMORY_MAX_MB: "512",
    }).map(([name, value]) => `<RESTIC_${name}>${value}</RESTIC_${name}>`);
    const datastore = parse(extra.join(""));
    expect(datastore).toMatchObject({
      server: { port: 2222 },
      bandwidth: 500,
      compression: "max",
      connections: 9,
      processors: 2,
      pruneOptions: ["--max-repack-size=10G", "--max-unused=5%"],
    });
    expect(datastore.limits("/x").words).toEqual(["19", "7", "50", "512", "100", "", "backup.7.slice", "/x"]);
  });

  it.each([
    ["<RESTIC_BACKEND>S3</RESTIC_BACKEND>", "RESTIC_BACKEND"],
    ["<RESTIC_COMPRESSION>zstd</RESTIC_COMPRESSION>", "RESTIC_COMPRESSION"],
    ["<RESTIC_CONNECTIONS>5; id</RESTIC_CONNECTIONS>", "RESTIC_CONNECTIONS"],
    ["<RESTIC_PRUNE_MAX_UNUSED>--help</RESTIC_PRUNE_MAX_UNUSED>", "RESTIC_PRUNE_MAX_UNUSED"],
    ["<RESTIC_NICE>20</RESTIC_NICE>", "RESTIC_NICE"],
    ["<RESTIC_TMP_DIR>tmp</RESTIC_TMP_DIR>", "RESTIC_TMP_DIR"],
    ["<RESTIC_SFTP_USER>-x</RESTIC_SFTP_USER>", "RESTIC_SFTP_USER"],
  ])("refuses %s", (extra, name) => {
    expect(() => parse(extra)).toThrow(name);
  });

  it("never says the password", () => {
    expect(() => parse("", "secret\tcanary")).toThrow(/^(?!.*canary).*RESTIC_PASSWORD/);
  });
});

describe("repositoryPath", () => {
  it("is one a VM, or one a job", () => {
    expect(repositoryPath({ basePath: "/b" }, { vmId: 3, jobId: null })).toBe("/b/3");
    expect(repositoryPath({ basePath: "/b" }, { vmId: 3, jobId: 9 })).toBe("/b/job_9");
  });
});
