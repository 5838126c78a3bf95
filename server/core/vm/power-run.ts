import type { Tx } from "../../db/tx";
import { reasonOf } from "../../domain/errors";
import { effectiveDisks, overlayBlock } from "../../domain/vm-disks";
import { attempt, type Outcome } from "../../lib/outcome";
import type { ActionHandler, Run } from "../action/handler";
import { attributesOf } from "../host/attributes";
import { domainTypeOf } from "../host/probe";
import { requireDatastore, requireHost } from "../require";
import { transitionVm } from "../transition";
import { domainOf, isImported } from "./domain";
import { callTm, callVmm, readSite, type Site } from "./operation";
import { PowerInput } from "./power";

/** Deployment files are counted by placement; a VM has one here. */
const DEPLOYMENT = "deployment.0";

/** Start the guest; drivers answer a repeated start of a running guest with success. */
export const vmStartHandler: ActionHandler<{ warnings: string[] }> = {
  async work(run) {
    const { vmId } = PowerInput.parse(run.action.input);
    await run.progress.phase("starting");
    return await run.step("start", async () => {
      const site = await readSite(run.core.db, vmId);
      if (isImported(site.vm.template)) {
        await callVmm(run, site, { action: "start", argv: [deployIdOf(site), ...site.hypervisor] });
        return { warnings: [] };
      }
      const host = await requireHost(run.core.db, site.vm.hostId);
      const system = await requireDatastore(run.core.db, site.systemId);
      const domainType = await domainTypeOf(run.core, host.id, run.signal);
      await prepareOverlays(run, site);
      const { xml, warnings } = await domainOf(run.core.db, site.vm, host, system, domainType);
      const argv = [`${site.vmDir}/${DEPLOYMENT}`, site.hostName, ...site.hypervisor];
      await callVmm(run, site, { action: "deploy", argv, document: xml });
      return { warnings };
    });
  },

  async cleanUp() {
    // The driver takes back what it had started when it was cancelled; what it could not, the next poll shows.
  },

  async record(tx, run, worked) {
    await move(tx, run, worked, "start");
    return { warnings: worked.ok ? worked.value.warnings : [] };
  },
};

/**
 * INCREMENT_MODE SNAPSHOT records the changes of a running VM only in overlays that its disks had when it was started; in
 * any other mode none is needed any more. Never keeps a VM from starting.
 */
async function prepareOverlays(run: Run, site: Site): Promise<void> {
  const { vm } = site;
  const call = { family: "tm" as const, driver: site.tmMad, action: "overlay" };
  if (!(await run.core.drivers.has(call))) return;
  const { mode, incrementMode, incrementalBackupId } = vm.backupConfig;
  const isWanted = mode === "INCREMENT" && incrementMode === "SNAPSHOT" && overlayBlock(vm) === null;
  // Changed blocks may be recorded in an overlay that was there when the mode was changed: a merge would lose the record.
  if (!isWanted && mode === "INCREMENT" && incrementalBackupId !== -1) return;
  const disks = effectiveDisks(vm.template, vm.backupConfig).filter((disk) => !isWanted || disk.isIncluded);
  if (disks.length === 0) return;
  const ids = disks.map((disk) => disk.diskId).join(":");
  const argv = [`${site.hostName}:${site.vmDir}`, String(vm.id), isWanted ? "begin" : "fold", ids];
  const prepared = await attempt(() => callTm(run, site, { action: "overlay", argv }));
  if (!prepared.ok && run.signal.aborted) throw prepared.error;
  if (!prepared.ok) run.log.add("WARN", `Overlays of the disks: ${reasonOf(prepared.error)}`);
}

/** Shut the guest down, or cut its power. A guest that does not obey keeps running, and the run fails. */
export const vmPoweroffHandler: ActionHandler<null> = {
  async work(run) {
    const { vmId, isHard } = PowerInput.parse(run.action.input);
    await run.progress.phase("stopping");
    return await run.step("stop", async () => {
      const site = await readSite(run.core.db, vmId);
      const argv = [deployIdOf(site), site.hostName, ...site.hypervisor];
      if (isHard) {
        await callVmm(run, site, { action: "cancel", argv });
        return null;
      }
      const { shutdownSeconds } = attributesOf((await requireHost(run.core.db, site.vm.hostId)).template);
      await callVmm(run, site, { action: "shutdown", argv: [...argv, String(shutdownSeconds)] });
      return null;
    });
  },

  async cleanUp() {
    // Nothing was made.
  },

  async record(tx, run, worked) {
    await move(tx, run, worked, "poweroff");
    return {};
  },
};

/** Ask the guest to restart; whether it does is its business. */
export const vmRebootHandler: ActionHandler<null> = {
  async work(run) {
    const { vmId } = PowerInput.parse(run.action.input);
    await run.progress.phase("stopping");
    return await run.step("reboot", async () => {
      const site = await readSite(run.core.db, vmId);
      await callVmm(run, site, { action: "reboot", argv: [deployIdOf(site), site.hostName, ...site.hypervisor] });
      return null;
    });
  },

  async cleanUp() {
    // Nothing was made.
  },

  async record() {
    return {};
  },
};

async function move(tx: Tx, run: Run, worked: Outcome<unknown>, what: "start" | "poweroff"): Promise<void> {
  const { vmId } = PowerInput.parse(run.action.input);
  const vm = await tx.vm.findUniqueOrThrow({ where: { id: vmId }, select: { id: true, state: true } });
  await transitionVm(tx, vm, worked.ok ? `${what}.done` : `${what}.failed`, {
    error: worked.ok ? null : reasonOf(worked.error),
  });
}

/** The domain's name on the host. */
export function deployIdOf(site: Site): string {
  return site.vm.deployId === "" ? `one-${site.vm.id}` : site.vm.deployId;
}
