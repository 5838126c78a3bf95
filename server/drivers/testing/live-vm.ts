/** A VM with a guest that writes numbered records: its folder, its backups live and off, and what each point holds. */
import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import type { ProcessResult } from "../../lib/process";
import {
  chainName,
  fileName,
  isSameContent,
  makeDisk,
  makeFilesystemDisk,
  snapshotOf,
  store,
  tempDir,
  vmXml,
} from "./disks";
import { type Guest, startGuest } from "./guest";
import type { GuestImage } from "./guest-image";
import type { TestLibvirtd } from "./libvirtd";
import { RECORD_DISK_BYTES, readRecords } from "./records";
import { type DriverCall, reasonOf, runDriver } from "./run-driver";

export const LIVE_VM_ID = 7;
export const DOMAIN = `one-${LIVE_VM_ID}`;
/** Whatever a path may hold. */
const ODD_NAME = `it's "odd" $(touch pwned) ;&`;

export interface LiveBackup {
  driver?: string;
  host?: string;
  isLive: boolean;
  parentId: number;
  mode?: "FULL" | "INCREMENT";
  incrementMode?: "CBT" | "SNAPSHOT";
  fsFreeze?: "NONE" | "AGENT" | "SUSPEND";
  backupId?: string;
  lastBackupId?: string;
  diskIds?: readonly number[];
  pathFirst?: string;
  signal?: AbortSignal;
  onLine?(line: string): void;
}

export type LiveVm = Awaited<ReturnType<typeof makeLiveVm>>;

export interface LiveVmOptions {
  libvirtd: TestLibvirtd;
  image: GuestImage;
  sshConfig: string;
  /** A third disk with ext4, mounted in the guest; with the agent. */
  withFilesystem?: boolean;
  /** Folder of the datastores; default a new one. */
  root?: string;
}

/** Disks 0 and 1 hold records. */
export async function makeLiveVm({ libvirtd, image, sshConfig, withFilesystem = false, root }: LiveVmOptions) {
  const { dir, remove } = await tempDir(ODD_NAME);
  const vmDir = path.join(root ?? path.join(dir, "datastores/0"), String(LIVE_VM_ID));
  const ids = withFilesystem ? [0, 1, 2] : [0, 1];
  const diskFile = (id: number) => path.join(vmDir, `disk.${id}`);
  await mkdir(vmDir, { recursive: true });
  for (const id of [0, 1]) await makeDisk(diskFile(id), RECORD_DISK_BYTES);
  if (withFilesystem) await makeFilesystemDisk(diskFile(2), RECORD_DISK_BYTES, "qcow2", { "etc/hostname": "web-01\n" });

  /** With the files that the disks really are, as `deploy` starts a VM. */
  const boot = async (): Promise<Guest> =>
    await startGuest(libvirtd, {
      name: DOMAIN,
      image,
      disks: await Promise.all(ids.map((id) => realpath(diskFile(id)))),
      write: ["vda", "vdb"],
      // After a power cut the second disk may be one behind: that record is written again.
      lastRecord: Math.max(
        0,
        (
          await readRecords(
            [0, 1].map((id) => fileName(diskFile(id))),
            path.join(dir, "raw"),
          )
        )[1] ?? 0,
      ),
      ...(withFilesystem ? { mount: "vdc", agent: true } : {}),
    });

  const call = (backup: LiveBackup, action = "prebackup"): DriverCall => {
    const {
      driver = "qcow2",
      host = "localhost",
      isLive,
      backupId,
      diskIds = ids,
      pathFirst,
      signal,
      onLine,
      ...document
    } = backup;
    return {
      action: `tm/${driver}/${action}${isLive ? "_live" : ""}`,
      argv: [
        `${host}:${vmDir}`,
        diskIds.join(":"),
        DOMAIN,
        "-",
        String(LIVE_VM_ID),
        "0",
        ...(backupId === undefined ? [] : [backupId]),
      ],
      xml: vmXml({
        vmId: LIVE_VM_ID,
        ...document,
        disks: diskIds.map((id) => ({ id, format: "qcow2" })),
      }),
      sshConfig,
      libvirtUri: libvirtd.uri,
      ...(pathFirst === undefined ? {} : { pathFirst }),
      ...(signal === undefined ? {} : { signal }),
      ...(onLine === undefined ? {} : { onLine }),
    };
  };

  const stored = (diskId: number, increment: number) =>
    path.join(dir, "repository", String(increment), `disk.${diskId}.${increment}`);
  const chain = (diskId: number, increment: number) =>
    chainName(Array.from({ length: increment + 1 }, (_, each) => stored(diskId, each)));

  /** Keep what was staged as a repository would. */
  const keep = async (increment: number): Promise<void> =>
    await store(vmDir, path.join(dir, "repository", String(increment)));

  /** Back up, keep the staged files as a repository would, clean up as the core does. */
  const backUp = async (backup: LiveBackup): Promise<ProcessResult> => {
    const result = await runDriver(call(backup));
    expect(reasonOf(result)).toBe("");
    expect(result.exitCode).toBe(0);
    await keep(backup.parentId + 1);
    const post = await runDriver(call(backup, "postbackup"));
    expect([post.exitCode, post.stderr]).toEqual([0, ""]);
    return result;
  };

  /** Newest record on both disks at a point. Throws when it is not one instant. */
  const recordAt = async (increment: number): Promise<number> => {
    const names = [0, 1].map((id) => chain(id, increment));
    const [first = 0] = await readRecords(names, path.join(dir, "raw"));
    return first;
  };

  /** Is the disk, off now, what the chain says? */
  const isDiskAt = async (diskId: number, increment: number): Promise<boolean> => {
    const copy = path.join(dir, "copy");
    await snapshotOf(diskFile(diskId), copy);
    return await isSameContent(chain(diskId, increment), fileName(copy));
  };

  return { dir, vmDir, remove, boot, call, keep, backUp, recordAt, isDiskAt, diskFile, stored, chain };
}
