import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeBackupDatastore } from "../../conformance";
import { datastoreXml } from "../../testing/rsync-fixture";
import { startSshd, type TestSshd } from "../../testing/sshd";

const suites = [
  { title: "all on this machine, hard links", host: "localhost", server: "localhost" },
  { title: "this machine to a backup server, increments as upstream writes them", server: "backup-server", ref: true },
  { title: "a host to a backup server", host: "vm-host", server: "backup-server" },
  { title: "a host to this machine", host: "vm-host", server: "localhost" },
  { title: "with rsync, a host to a backup server", host: "vm-host", server: "backup-server", args: "-aS --bwlimit=0" },
  { title: "with rsync, a host to this machine", host: "vm-host", server: "localhost", args: "-a --inplace -W" },
  { title: "with rsync, all on this machine", server: "localhost", args: "-a" },
];

for (const { title, host = "localhost", server, args, ref } of suites) {
  let sshd: TestSshd | undefined;
  describeBackupDatastore(
    `rsync: ${title}`,
    async () => {
      const dir = await mkdtemp(path.join(tmpdir(), "strata rsync'$(x) "));
      if (host !== "localhost" || server !== "localhost") sshd = await startSshd(["backup-server", "vm-host"]);
      const extra = args === undefined ? "" : `<RSYNC_ARGS>${args}</RSYNC_ARGS>`;
      return {
        name: title,
        driver: "rsync",
        dir,
        host,
        datastoreXml: datastoreXml(path.join(dir, "repo; touch x"), { host: server, extra }),
        isReference: ref ?? false,
        ...(sshd === undefined ? {} : { sshConfig: sshd.configPath }),
      };
    },
    async () => await sshd?.stop(),
  );
}
