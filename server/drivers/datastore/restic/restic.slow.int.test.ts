import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeBackupDatastore } from "../../conformance";
import { resticDatastoreXml } from "../../testing/restic-fixture";
import { startSshd, type TestSshd } from "../../testing/sshd";

const suites = [
  { title: "all on this machine", host: "localhost", server: "localhost" },
  {
    title: "a host to a backup server, increments as upstream writes them",
    host: "vm-host",
    server: "backup-server",
    ref: true,
  },
  { title: "a host to this machine", host: "vm-host", server: "localhost" },
];

for (const { title, host, server, ref } of suites) {
  let sshd: TestSshd | undefined;
  describeBackupDatastore(
    `restic: ${title}`,
    async () => {
      const dir = await mkdtemp(path.join(tmpdir(), "strata restic'$(x) "));
      const tmpDir = path.join(dir, "tmp");
      await mkdir(tmpDir);
      if (host !== "localhost" || server !== "localhost") sshd = await startSshd(["backup-server", "vm-host"]);
      return {
        name: title,
        driver: "restic",
        dir,
        host,
        datastoreXml: resticDatastoreXml(path.join(dir, "repo; touch x"), tmpDir, { server }),
        isReference: ref ?? false,
        ...(sshd === undefined ? {} : { sshConfig: sshd.configPath }),
      };
    },
    async () => await sshd?.stop(),
  );
}
