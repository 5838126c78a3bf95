import { join } from "node:path";
import { z } from "zod";
import { withTx } from "../../db/tx";
import { reasonOf } from "../../domain/errors";
import { text } from "../../domain/template";
import type { ActionHandler, Run } from "../action/handler";
import { vmXml } from "../documents";
import { releaseLeases } from "../network/lease";
import { transitionVm } from "../transition";
import { releaseImages } from "./images";
import { callVmm, readSite } from "./operation";
import { deployIdOf } from "./power-run";
import { parseVm } from "./rows";

const Input = z.object({ vmId: z.number().int() });

/** Remove the VM's folder on its host (own disks and links), then close the VM. Its backups stay. */
export const vmDeleteHandler: ActionHandler<null> = {
  async work(run) {
    await run.progress.phase("deleting");
    await run.step("stop", () => stopGuest(run));
    return await run.step("delete-disks", async () => {
      const { vmId } = Input.parse(run.action.input);
      const vm = parseVm(await run.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
      const host = await run.core.db.host.findUniqueOrThrow({ where: { id: vm.hostId } });
      const system = await run.core.db.datastore.findUniqueOrThrow({ where: { id: vm.systemDatastoreId } });
      await run.core.drivers.call({
        family: "tm",
        driver: text(vm.template, "TM_MAD_SYSTEM") ?? system.tmMad,
        action: "delete",
        argv: [`${host.name}:${join(system.basePath, String(vmId))}`, String(vmId), String(system.id)],
        document: await vmXml(run.core.db, vm),
        signal: run.signal,
        onLog: run.log.add,
      });
      return null;
    });
  },

  async cleanUp() {
    // Deleting is itself the clean-up; what failed is tried again by the next delete.
  },

  async record(tx, run, worked) {
    const { vmId } = Input.parse(run.action.input);
    const vm = parseVm(await tx.vm.findUniqueOrThrow({ where: { id: vmId } }));
    if (!worked.ok && vm.state === "SHUTDOWN") {
      // The guest could not be stopped, so nothing was removed; if it did stop, the host will say so.
      await transitionVm(tx, vm, "delete.cancelled", { error: reasonOf(worked.error) });
      return {};
    }
    if (!worked.ok) {
      await transitionVm(tx, vm, "epilog.failed", { error: reasonOf(worked.error) });
      return {};
    }
    await transitionVm(tx, vm, "epilog.done", { endedAt: new Date(run.core.clock.now()), error: null });
    await releaseImages(tx, vm);
    await releaseLeases(tx, vmId);
    return {};
  },
};

/** Cut off a guest that runs. The definition of an imported domain stays on the host, as its disk files do. */
async function stopGuest(run: Run): Promise<null> {
  const { vmId } = Input.parse(run.action.input);
  const site = await readSite(run.core.db, vmId);
  if (site.vm.state !== "SHUTDOWN") return null;
  await callVmm(run, site, { action: "cancel", argv: [deployIdOf(site), site.hostName, ...site.hypervisor] });
  await withTx(run.core.db, (tx) => transitionVm(tx, site.vm, "delete.stopped"));
  return null;
}
