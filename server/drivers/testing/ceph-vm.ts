/** A powered-off VM with disks in a test Ceph, for tests of its tm driver. */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { ProcessResult } from "../../lib/process";
import type { TestCeph } from "./ceph";
import { chainName, fileName, isSameContent, store, tempDir, tool } from "./disks";
import { type DriverCall, runDriver } from "./run-driver";

export const CEPH_VM_ID = 41;

export interface CephBackup {
  /** Default `localhost`. */
  host?: string;
  diskIds?: readonly number[];
  mode?: "FULL" | "INCREMENT";
  parentId?: number;
  backupId?: string;
  lastBackupId?: string;
  /** For post-backup: the backup did not succeed. */
  hasFailed?: boolean;
  /** Default prebackup. */
  action?: string;
  fsFreeze?: string;
  deployId?: string;
  libvirtUri?: string;
  signal?: AbortSignal;
  onLine?(line: string): void;
}

/** Image of a disk: `one-<n>`, persistent. */
export const imageOf = (diskId: number) => `one-${diskId}`;

export async function makeCephVm(ceph: TestCeph, sshConfig = "/dev/null") {
  const { dir, remove } = await tempDir("strata's ceph $(x)");
  const vmDir = path.join(dir, "datastores/0", String(CEPH_VM_ID));
  const stored = (diskId: number, increment: number) =>
    path.join(dir, "repository", String(increment), `disk.${diskId}.${increment}`);
  const copyAt = (diskId: number, increment: number) => path.join(dir, "copies", `${diskId}.${increment}`);

  const document = ({ mode = "INCREMENT", parentId = -1, diskIds = [0], ...more }: CephBackup) => {
    const disks = diskIds.map(
      (id) =>
        `<DISK><DISK_ID>${id}</DISK_ID><TYPE>RBD</TYPE><FORMAT>raw</FORMAT><CLONE>NO</CLONE><SOURCE>${ceph.pool}/${imageOf(id)}</SOURCE><CEPH_USER>admin</CEPH_USER><CEPH_CONF>${ceph.confPath}</CEPH_CONF></DISK>`,
    );
    const config = `<MODE>${mode}</MODE><FS_FREEZE>${more.fsFreeze ?? "NONE"}</FS_FREEZE><LAST_INCREMENT_ID>${parentId}</LAST_INCREMENT_ID><LAST_BACKUP_ID>${more.lastBackupId ?? ""}</LAST_BACKUP_ID>`;
    const result = more.hasFailed === true ? "<BACKUP_RESULT>FAILURE</BACKUP_RESULT>" : "";
    return `<VM><ID>${CEPH_VM_ID}</ID><BACKUPS><BACKUP_CONFIG>${config}</BACKUP_CONFIG></BACKUPS><TEMPLATE>${disks.join("")}</TEMPLATE>${result}</VM>`;
  };

  const call = (request: CephBackup): DriverCall => ({
    action: `tm/ceph/${request.action ?? "prebackup"}`,
    argv: [
      `${request.host ?? "localhost"}:${vmDir}`,
      (request.diskIds ?? [0]).join(":"),
      request.deployId ?? `one-${CEPH_VM_ID}`,
      "-",
      String(CEPH_VM_ID),
      "0",
      ...(request.backupId === undefined ? [] : [request.backupId]),
    ],
    xml: document(request),
    sshConfig,
    ...(request.libvirtUri === undefined ? {} : { libvirtUri: request.libvirtUri }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.onLine === undefined ? {} : { onLine: request.onLine }),
  });

  /** Keep a copy of each disk as it is, back up, keep what was staged as a repository would, then post-backup. */
  const backUp = async (request: CephBackup): Promise<ProcessResult> => {
    const increment = (request.parentId ?? -1) + 1;
    for (const id of request.action === "prebackup_live" ? [] : (request.diskIds ?? [0])) {
      await mkdir(path.dirname(copyAt(id, increment)), { recursive: true });
      await tool("qemu-img", "convert", "-O", "qcow2", ceph.name(imageOf(id)), copyAt(id, increment));
    }
    const result = await runDriver(call(request));
    if (!result.ok) throw new Error(result.stderr);
    await store(vmDir, path.join(dir, "repository", String(increment)));
    const after = await runDriver(call({ ...request, action: (request.action ?? "prebackup").replace("pre", "post") }));
    if (!after.ok || /WARN/.test(after.stderr)) throw new Error(after.stderr);
    return result;
  };

  /** Does the chain up to this point give the disk as it was then? */
  const restores = async (diskId: number, increment: number): Promise<boolean> => {
    const files = Array.from({ length: increment + 1 }, (_, each) => stored(diskId, each));
    return await isSameContent(chainName(files), fileName(copyAt(diskId, increment)));
  };

  /** qemu-io commands on a disk, as a guest with `discard` would send them. */
  const change = async (diskId: number, ...commands: readonly string[]) => {
    await tool("qemu-io", "-d", "unmap", ...commands.flatMap((each) => ["-c", each]), ceph.name(imageOf(diskId)));
  };

  const snapshots = async (diskId: number): Promise<string[]> => {
    const answer: unknown = JSON.parse(
      await ceph.tool("rbd", "snap", "ls", "--format", "json", `${ceph.pool}/${imageOf(diskId)}`),
    );
    return Array.isArray(answer) ? answer.map((each: { name: string }) => each.name).sort() : [];
  };

  const removeImages = async () => {
    const answer: unknown = JSON.parse(await ceph.tool("rbd", "ls", "--format", "json", ceph.pool));
    for (const image of Array.isArray(answer) ? answer.map(String) : []) {
      const name = `${ceph.pool}/${image}`;
      for (const snapshot of JSON.parse(await ceph.tool("rbd", "snap", "ls", "--format", "json", name)) as {
        name: string;
        protected: string;
      }[]) {
        if (snapshot.protected === "true") await ceph.tool("rbd", "snap", "unprotect", `${name}@${snapshot.name}`);
        await ceph.tool("rbd", "snap", "rm", "--no-progress", `${name}@${snapshot.name}`);
      }
      await ceph.tool("rbd", "rm", "--no-progress", name);
    }
  };

  return {
    dir,
    vmDir,
    stored,
    call,
    backUp,
    restores,
    change,
    snapshots,
    makeDisk: (diskId: number, mib: number) =>
      ceph.tool("rbd", "create", "--size", `${mib}M`, `${ceph.pool}/${imageOf(diskId)}`),
    remove: async () => {
      await removeImages();
      await remove();
    },
  };
}
