import { z } from "zod";
import { appError } from "../../domain/errors";
import { readDisks } from "../../domain/vm-disks";
import type { ActionHandler } from "../action/handler";
import { transitionVm } from "../transition";
import { parseVm } from "../vm/rows";
import { changeDisk } from "./disks";
import { demoFolder } from "./load";

const Input = z.object({ vmId: z.number().int(), state: z.number().int() });

/** Change files on the first disk of a demo machine, so that the next increment has something to store. */
export const demoChangeHandler: ActionHandler<null> = {
  async work(run) {
    await run.progress.phase("copying");
    return await run.step("change", async () => {
      const { vmId, state } = Input.parse(run.action.input);
      const vm = parseVm(await run.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
      const [disk] = readDisks(vm.template);
      if (disk === undefined || !disk.source.startsWith(`${demoFolder(run.core.config.home)}/`)) {
        throw appError("INVALID_INPUT", { message: "Only the disks of demo machines can be changed here." });
      }
      await changeDisk(
        disk.source,
        { "/srv/www/index.html": `<h1>State ${state}</h1>\n`, [`/srv/www/change-${state}.bin`]: { randomMb: 3 } },
        run.signal,
      );
      run.log.add("INFO", `/srv/www/index.html now says "State ${state}"`);
      return null;
    });
  },
  async cleanUp() {
    // The disk is changed by one commit; a work folder is removed by the step itself.
  },
  async record(tx, run) {
    const { vmId } = Input.parse(run.action.input);
    const vm = await tx.vm.findUniqueOrThrow({ where: { id: vmId }, select: { id: true, state: true } });
    await transitionVm(tx, vm, "disk.end");
    return { result: { vmId } };
  },
};
