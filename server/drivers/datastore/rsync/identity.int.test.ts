/** A backup goes into, and comes from, the repository it belongs to, or nowhere. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseMonitorAnswer } from "../../../lib/wire";
import { expectSuccess } from "../../conformance";
import {
  datastoreXml,
  makeRsyncFixture,
  newBackupId,
  RSYNC_VM_ID,
  type RsyncFixture,
} from "../../testing/rsync-fixture";
import { meaningsOf, reasonOf, runDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

let sshd: TestSshd;
let on: RsyncFixture;

beforeAll(async () => {
  sshd = await startSshd(["backup-server", "vm-host"]);
});
afterAll(async () => await sshd.stop());
beforeEach(async () => {
  on = await makeRsyncFixture(sshd.configPath);
  return on.remove;
});

const imageXml = (ids: readonly string[]) =>
  `<IMAGE><ID>1</ID><VMS><ID>${RSYNC_VM_ID}</ID></VMS><BACKUP_INCREMENTS>${ids.map((source, id) => `<INCREMENT><ID>${id}</ID><SOURCE>${source}</SOURCE></INCREMENT>`).join("")}</BACKUP_INCREMENTS></IMAGE>`;

function resetsOf(result: Awaited<ReturnType<typeof runDriver>>): string[] {
  return meaningsOf(result).flatMap((meaning) => (meaning.kind === "chain-reset" ? [meaning.reason] : []));
}

describe("the parent of an increment", () => {
  it.each<[string, (parent: string) => Promise<void>]>([
    ["its folder is missing", async (parent) => await rm(parent, { recursive: true })],
    ["it has no manifest", async (parent) => await rm(path.join(parent, "manifest.json"))],
    ["it is not JSON", async (parent) => await writeFile(path.join(parent, "manifest.json"), "{")],
    ["disk.0.2 is missing", async (parent) => await rm(path.join(parent, "disk.0.2"))],
    ["disk.0.2 has 7 bytes instead of", async (parent) => await truncate(path.join(parent, "disk.0.2"), 7)],
  ])("is asked for before anything is sent: %s", async (reason, spoil) => {
    const ids = await on.storeChain();
    const parent = ids[2] ?? "";
    await spoil(path.join(on.vmPath, parent));
    const before = await readdir(on.vmPath);
    await stageAsThird();
    const result = await runDriver(
      on.backupCall({ from: "vm-host", host: "backup-server", lastIncrement: 2, lastBackupId: parent }),
    );
    expect(result.exitCode).toBe(1);
    expect(resetsOf(result)).toEqual([expect.stringContaining(`the parent backup ${parent} is not in the repository`)]);
    expect(resetsOf(result)[0]).toContain(reason);
    expect(reasonOf(result)).toContain("Take a full backup in a new chain");
    expect(await readdir(on.vmPath)).toEqual(before);
  });

  it("is another point than the one the core means", async () => {
    const ids = await on.storeChain();
    await stageAsThird();
    const result = await runDriver(on.backupCall({ lastIncrement: 2, lastBackupId: ids[1] ?? "" }));
    expect(resetsOf(result)[0]).toContain("belongs to another backup");
    expectSuccess(await runDriver(on.backupCall({ lastIncrement: 2, lastBackupId: ids[2] ?? "" })));
  });

  it("is not looked for when the core does not name it", async () => {
    const ids = await on.storeChain();
    await rm(path.join(on.vmPath, ids[2] ?? ""), { recursive: true });
    await stageAsThird();
    expectSuccess(await runDriver(on.backupCall({ lastIncrement: 2 })));
  });

  it("no connection is no reason for a new chain", async () => {
    await on.storeChain();
    await stageAsThird();
    const call = on.backupCall({ host: "no-such-server", lastIncrement: 2, lastBackupId: newBackupId() });
    const result = await runDriver(call);
    expect(reasonOf(result)).toContain("Cannot reach");
    expect(resetsOf(result)).toEqual([]);
  });

  async function stageAsThird() {
    await on.chain.stage(2);
    const staging = path.join(on.chain.vmDir, "backup");
    await rename(path.join(staging, "disk.0.2"), path.join(staging, "disk.0.3"));
  }
});

describe("the id of the backup", () => {
  it("comes from the arguments, and must not contradict the document", async () => {
    const id = newBackupId();
    await on.chain.stage(0);
    const call = on.backupCall({ backupId: id });
    const withoutId = (call.xml ?? "").replace(/<BACKUP_ID>.*<\/BACKUP_ID>/, "");
    const result = await runDriver({ ...call, argv: [...(call.argv ?? []), id], xml: withoutId });
    expect(result.stdout).toMatch(new RegExp(`^${id} `));
    const other = await runDriver(on.backupCall({ backupId: newBackupId(), idArgument: id }));
    expect(reasonOf(other)).toContain("is not the BACKUP_ID of the document");
  });
});

describe("the id of the repository", () => {
  it.each(["localhost", "backup-server"])("monitor tells it, and everything else insists on it (%s)", async (host) => {
    const ids = await on.storeChain();
    const monitor = async (extra = "") =>
      await runDriver({
        action: "datastore/rsync/monitor",
        argv: ["100"],
        xml: `<D>${datastoreXml(on.basePath, { host, extra })}</D>`,
        sshConfig: sshd.configPath,
      });
    const first = await monitor();
    const repoId = (await readFile(path.join(on.basePath, ".repo-id"), "utf8")).trim();
    expect(first.stdout.trim().split("\n").at(3)).toBe(`REPO_ID=${repoId}`);
    expect(parseMonitorAnswer(first.stdout)?.repoId).toBe(repoId);

    const extra = `<REPO_ID>${repoId}</REPO_ID>`;
    const document = (children: string) => `<D>${children}${datastoreXml(on.basePath, { host, extra })}</D>`;
    const call = (action: string, argv: string[], children: string) =>
      runDriver({ action, argv, xml: document(children), sshConfig: sshd.configPath });
    const actions = [
      () => monitor(extra),
      () => runDriver(on.backupCall({ from: "vm-host", host, extra })),
      () => call("datastore/rsync/ls", ["-i", "-1"], imageXml(ids)),
      () => call("datastore/rsync/stat", ["1"], `<IMAGE><PATH>${on.url(ids)}</PATH></IMAGE>`),
      () => on.download(ids, { host, extra }),
      () => call("datastore/rsync/rm", ["1"], imageXml(ids)),
    ];
    const refused = async (state: string) => {
      for (const act of actions) {
        const result = await act();
        expect(result.exitCode).toBe(1);
        expect(reasonOf(result)).toMatch(
          new RegExp(
            `^The repository at .*/repo on .* is not the one of this datastore: its .repo-id is ${state}\\. Is the`,
          ),
        );
        expect(resetsOf(result)).toEqual([]);
      }
      expect(existsSync(path.join(on.dir, "out.raw"))).toBe(false);
    };

    await on.chain.stage(0);
    const away = path.join(on.dir, "unmounted");
    await rename(on.basePath, away);
    await refused("missing");
    expect(existsSync(on.basePath)).toBe(false);
    await mkdir(on.basePath);
    await refused("missing");
    await writeFile(path.join(on.basePath, ".repo-id"), newBackupId());
    await refused("that of another repository");
    expect(await readdir(on.basePath)).toEqual([".repo-id"]);

    await rm(on.basePath, { recursive: true });
    await rename(away, on.basePath);
    for (const act of actions) expectSuccess(await act());
  });
});
