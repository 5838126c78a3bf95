/** One powered-off VM of the tm tests: its folder, its backups, and what each point must restore. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, vi } from "vitest";
import { type ProcessResult, type RunningProcess, start } from "../../lib/process";
import { chainName, fileName, isSameContent, snapshotOf, store, tempDir, vmXml } from "./disks";
import { type DriverCall, reasonOf, runDriver } from "./run-driver";

export const MIB = 1024 * 1024;
export const VM_ID = 7;
/** Whatever a path may hold. */
const ODD_NAME = `it's "odd" $(touch pwned) ;&`;
/** A remote guard kills after 5 s what does not end by itself. */
const GONE_WITHIN_MS = 15_000;

export interface PreBackup {
  host: string;
  /** Default `ssh`. */
  driver?: string;
  diskIds?: readonly number[];
  mode?: "FULL" | "INCREMENT";
  incrementMode?: "CBT" | "SNAPSHOT";
  /** -1: a full. */
  parentId?: number;
  /** Id of this backup and of the parent's; default none, as other cores. */
  backupId?: string;
  lastBackupId?: string;
  /** By position in `diskIds`; default qcow2. */
  formats?: readonly string[];
  signal?: AbortSignal;
  onLine?(line: string): void;
}

export type TestVm = Awaited<ReturnType<typeof makeVm>>;

/** @param sshConfig for hosts that are not `localhost` */
export async function makeVm(sshConfig: string) {
  const { dir, remove } = await tempDir(ODD_NAME);
  const vmDir = path.join(dir, "datastores/0", String(VM_ID));
  const diskFile = (id: number) => path.join(vmDir, `disk.${id}`);
  const stored = (diskId: number, increment: number) =>
    path.join(dir, "repository", String(increment), `disk.${diskId}.${increment}`);
  const copyAt = (diskId: number, increment: number) => path.join(dir, "copies", `${diskId}.${increment}`);

  /** The call of a pre-backup, for `runDriver` and `startDriver`. */
  const call = ({
    host,
    driver = "ssh",
    diskIds = [0],
    formats = [],
    parentId = -1,
    backupId,
    ...rest
  }: PreBackup): DriverCall => ({
    action: `tm/${driver}/prebackup`,
    argv: [
      `${host}:${vmDir}`,
      diskIds.join(":"),
      "one-7",
      "-",
      String(VM_ID),
      "0",
      ...(backupId === undefined ? [] : [backupId]),
    ],
    xml: vmXml({
      vmId: VM_ID,
      parentId,
      disks: diskIds.map((id, at) => ({ id, format: formats[at] ?? "qcow2" })),
      ...rest,
    }),
    sshConfig,
    ...(rest.signal === undefined ? {} : { signal: rest.signal }),
    ...(rest.onLine === undefined ? {} : { onLine: rest.onLine }),
  });

  /** Back up, keep the staged files as a repository would, and a copy of each disk as it is at that moment. */
  const backUp = async (request: PreBackup): Promise<ProcessResult> => {
    const increment = (request.parentId ?? -1) + 1;
    for (const id of request.diskIds ?? [0]) await snapshotOf(diskFile(id), copyAt(id, increment));
    const result = await runDriver(call(request));
    expect(reasonOf(result)).toBe("");
    expect(result.exitCode).toBe(0);
    await store(vmDir, path.join(dir, "repository", String(increment)));
    return result;
  };

  /** Does the chain up to this point give the disk as it was then? */
  const restores = async (diskId: number, increment: number): Promise<boolean> => {
    const files = Array.from({ length: increment + 1 }, (_, each) => stored(diskId, each));
    return await isSameContent(chainName(files), fileName(copyAt(diskId, increment)));
  };

  return { dir, remove, vmDir, sshConfig, diskFile, stored, call, backUp, restores };
}

/** Programs that still work on the VM's files. */
export function leftovers({ dir }: TestVm): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(commandLine)
    .filter((command) => command.includes(path.dirname(dir)));
}

/** Waits for the programs of a driver that was killed; a remote one needs a moment to learn of it. */
export async function expectNothingLeft(vm: TestVm): Promise<void> {
  await vi.waitFor(() => expect(leftovers(vm)).toEqual([]), { timeout: GONE_WITHIN_MS, interval: 50 });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** A program that holds disk 0 for writing, as a running VM does; ready when this resolves. */
export async function holdDisk({ dir, diskFile }: TestVm): Promise<RunningProcess> {
  const node = { driver: "qcow2", "node-name": "w", file: { driver: "file", filename: diskFile(0) } };
  const holder = start(
    [
      "qemu-storage-daemon",
      "--blockdev",
      JSON.stringify(node),
      "--nbd-server",
      `addr.type=unix,addr.path=${path.join(path.dirname(dir), "s")}`,
      "--export",
      JSON.stringify({ type: "nbd", id: "e", "node-name": "w", writable: true }),
      // Last: the greeting then says that the disk is open.
      "--chardev",
      "stdio,id=m",
      "--monitor",
      "chardev=m",
    ],
    { timeoutMs: 60_000 },
  );
  for await (const _greeting of holder.lines()) break;
  return holder;
}
