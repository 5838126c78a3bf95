import { z } from "zod";
import { reasonOf } from "../../domain/errors";
import type { ActionHandler } from "../action/handler";
import { transitionVm } from "../transition";
import { makeDisks, removeDisks } from "../vm/place";

const Input = z.object({ vmId: z.number().int() });

/** Make the disks of a VM in PROLOG; it ends powered off. After a failure the VM stays, without disks, to be deleted. */
export const instantiateHandler: ActionHandler<null> = {
  async work(run) {
    await run.progress.phase("instantiating");
    await makeDisks(run, Input.parse(run.action.input).vmId);
    return null;
  },

  async cleanUp(run, worked) {
    if (!worked.ok) await removeDisks(run, Input.parse(run.action.input).vmId);
  },

  async record(tx, run, worked) {
    const { vmId } = Input.parse(run.action.input);
    const vm = await tx.vm.findUniqueOrThrow({ where: { id: vmId } });
    if (worked.ok) await transitionVm(tx, vm, "prolog.done", { error: null });
    else await transitionVm(tx, vm, "prolog.failed", { error: reasonOf(worked.error) });
    return { result: { vmId } };
  },
};
