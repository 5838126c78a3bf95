/**
 * The conformance suite against a driver that is not ours: the one of STRATA_DRIVER_UNDER_TEST, else executables that
 * were only dropped into a folder (docs/drivers.md).
 */
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inject } from "vitest";
import { quote } from "../lib/ssh";
import { describeBackupDatastore } from "./conformance";
import { datastoreXml } from "./testing/rsync-fixture";

const ACTIONS = ["monitor", "backup", "backup_cancel", "rm", "stat", "ls"];
const given = inject("driverUnderTest");

describeBackupDatastore(
  given === null ? "executables that were dropped in" : `${given.driver} in ${given.remotesDir}`,
  async () => {
    const dir = await mkdtemp(path.join(tmpdir(), "strata-foreign-"));
    if (given !== null) return { name: given.driver, dir, ...given };
    const remotesDir = path.join(dir, "remotes");
    for (const action of ACTIONS) await drop(remotesDir, `datastore/other/${action}`, `datastore/rsync/${action}`);
    await drop(remotesDir, "downloader/other", "downloader/rsync");
    return {
      name: "other",
      driver: "other",
      dir,
      remotesDir,
      host: "localhost",
      datastoreXml: datastoreXml(path.join(dir, "repository")),
    };
  },
  async () => undefined,
);

/** A shell script in the place of an action. */
async function drop(remotesDir: string, place: string, action: string): Promise<void> {
  const file = path.join(remotesDir, place);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\nexec ${quote(path.join(inject("remotesDir"), action))} "$@"\n`);
  await chmod(file, 0o755);
}
