/** A powered-off VM in INCREMENT_MODE SNAPSHOT, backed up as the core does. */
import { readdirSync } from "node:fs";
import { expect } from "vitest";
import { runDriver } from "./run-driver";
import { makeVm, type PreBackup } from "./test-vm";

export type OverlayVm = Awaited<ReturnType<typeof makeOverlayVm>>;

export function overlayBackupId(n: number): string {
  return String(n).padStart(24, "b");
}

/** SIGKILL for a driver; one that has ended meanwhile is fine. */
export function killDriver({ pid }: { pid: number | undefined }): void {
  try {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** @param at driver and host of all calls */
export async function makeOverlayVm(sshConfig: string, at: { driver: string; host: string }) {
  const vm = await makeVm(sshConfig);

  /** What the core asks for as increment `n` of one chain. */
  const asked = (n: number, more: Partial<PreBackup> = {}): PreBackup => ({
    ...at,
    incrementMode: "SNAPSHOT",
    parentId: n - 1,
    backupId: overlayBackupId(n),
    ...(n === 0 ? {} : { lastBackupId: overlayBackupId(n - 1) }),
    ...more,
  });

  const post = async (request: PreBackup, outcome: "stored" | "failed" = "stored"): Promise<void> => {
    const { xml = "", ...call } = vm.call(request);
    const end = outcome === "stored" ? "</VM>" : "<BACKUP_RESULT>FAILURE</BACKUP_RESULT></VM>";
    const action = `tm/${request.driver ?? at.driver}/postbackup`;
    const result = await runDriver({ ...call, action, xml: xml.replace("</VM>", end) });
    expect([result.exitCode, result.stderr]).toEqual([0, expect.not.stringContaining("WARN")]);
  };

  /** Back up, store, clean up. */
  const point = async (n: number, more: Partial<PreBackup> = {}): Promise<void> => {
    await vm.backUp(asked(n, more));
    await post(asked(n, more));
  };

  const overlays = (diskId = 0): string[] =>
    readdirSync(`${vm.diskFile(diskId)}.snap`)
      .filter((name) => name !== "0" && !name.endsWith(".below"))
      .sort();

  return { ...vm, asked, post, point, overlays };
}
