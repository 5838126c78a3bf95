/** A VM on a host and an rsync repository, for tests of one fault each. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { type ProcessResult, run } from "../../lib/process";
import { parseBackupAnswer } from "../../lib/wire";
import { expectSuccess } from "../conformance";
import { type ChainFixture, makeChain } from "./chain-fixture";
import { type DriverCall, runDriver } from "./run-driver";

const USER = userInfo().username;
export const RSYNC_VM_ID = 9;

export interface DatastoreOptions {
  /** RSYNC_HOST, default `localhost`. */
  host?: string;
  /** More attributes, as XML. */
  extra?: string;
}

export interface BackupOptions extends DatastoreOptions {
  /** Host of the VM, default `localhost`. */
  from?: string;
  vmDir?: string;
  backupId?: string;
  lastIncrement?: number;
  /** LAST_BACKUP_ID; default: none, as other cores. */
  lastBackupId?: string;
  /** Seventh argument; default: none, as other cores. */
  idArgument?: string;
  base?: string;
  disks?: string;
}

/** DATASTORE element with id 100 and no reserve. */
export function datastoreXml(basePath: string, { host = "localhost", extra = "" }: DatastoreOptions = {}): string {
  const escaped = basePath.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<DATASTORE><ID>100</ID><BASE_PATH>${escaped}</BASE_PATH><TEMPLATE><RSYNC_HOST>${host}</RSYNC_HOST><RSYNC_USER>${USER}</RSYNC_USER><RESERVE_MB>0</RESERVE_MB>${extra}</TEMPLATE></DATASTORE>`;
}

/** A backup id as the core makes them. */
export function newBackupId(): string {
  return randomBytes(12).toString("hex");
}

export interface RsyncFixture {
  dir: string;
  basePath: string;
  /** Folder of the VM's backups. */
  vmPath: string;
  chain: ChainFixture;
  backupCall(options?: BackupOptions): DriverCall;
  /** Back up the full and both increments; answers their ids. */
  storeChain(): Promise<string[]>;
  url(ids: readonly string[]): string;
  /** Download the last of `ids` as `<dir>/out.raw`. */
  download(ids: readonly string[], options?: DatastoreOptions): Promise<ProcessResult>;
  /** Stage a disk that takes seconds to send: a qcow2 header and 6 GiB of hole. */
  stageLarge(): Promise<void>;
  /** Bytes of the disk in the unfinished upload. Rejects when it is not there. */
  uploadedBytes(backupId: string): Promise<number>;
  /** Processes of any kind that work on this test's folder. */
  processesHere(): Promise<string[]>;
  remove(): Promise<void>;
}

/** Make the fixture in a temporary folder. */
export async function makeRsyncFixture(sshConfig: string): Promise<RsyncFixture> {
  const vmId = RSYNC_VM_ID;
  const dir = await mkdtemp(path.join(tmpdir(), "strata-fault-"));
  const basePath = path.join(dir, "repo");
  const vmPath = path.join(basePath, String(vmId));
  const chain = await makeChain(dir, vmId);
  const backupCall = (options: BackupOptions = {}): DriverCall => ({
    action: "datastore/rsync/backup",
    argv: [
      `${options.from ?? "localhost"}:${options.vmDir ?? chain.vmDir}`,
      options.disks ?? "0",
      "deploy",
      "-",
      String(vmId),
      "100",
      ...(options.idArgument === undefined ? [] : [options.idArgument]),
    ],
    xml: `<DS_DRIVER_ACTION_DATA>${datastoreXml(options.base ?? basePath, options)}<VM><ID>${vmId}</ID><BACKUPS><BACKUP_CONFIG><MODE>INCREMENT</MODE><LAST_INCREMENT_ID>${options.lastIncrement ?? -1}</LAST_INCREMENT_ID><LAST_BACKUP_ID>${options.lastBackupId ?? ""}</LAST_BACKUP_ID></BACKUP_CONFIG></BACKUPS></VM><EXTRA_DATA><BACKUP_ID>${options.backupId ?? newBackupId()}</BACKUP_ID></EXTRA_DATA></DS_DRIVER_ACTION_DATA>`,
    sshConfig,
  });
  const url = (ids: readonly string[]) =>
    `rsync://100//${ids.map((id, index) => `${index}:${id}`).join(",")}${vmPath}/${ids[0] ?? ""}/disk.0.0`;
  return {
    dir,
    basePath,
    vmPath,
    chain,
    backupCall,
    url,
    storeChain: async () => {
      const ids: string[] = [];
      for (let index = 0; index < 3; index++) {
        await chain.stage(index);
        const backupId = newBackupId();
        const lastBackupId = ids.at(-1) ?? "";
        const call = { lastIncrement: index - 1, lastBackupId, backupId, idArgument: backupId };
        const result = await runDriver(backupCall(call));
        expectSuccess(result);
        ids.push(parseBackupAnswer(result.stdout)?.backupId ?? "");
      }
      return ids;
    },
    download: (ids, options = {}) =>
      runDriver({
        action: "downloader/rsync",
        argv: [url(ids), path.join(dir, "out.raw"), "raw"],
        xml: `<DS_DRIVER_ACTION_DATA>${datastoreXml(basePath, options)}</DS_DRIVER_ACTION_DATA>`,
        sshConfig,
      }),
    stageLarge: async () => {
      await chain.stage(0);
      await truncate(path.join(chain.vmDir, "backup", "disk.0.0"), 6 * 1024 ** 3);
    },
    uploadedBytes: async (backupId) => (await stat(path.join(vmPath, `.tmp-${backupId}`, "disk.0.0"))).size,
    processesHere: async () => {
      const found = await run(["pgrep", "-f", "-l", "--", dir], { timeoutMs: 10_000 });
      return found.stdout.split("\n").filter((line) => line !== "" && !line.includes("pgrep"));
    },
    remove: async () => await rm(dir, { recursive: true, force: true }),
  };
}
