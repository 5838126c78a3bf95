import { listActions } from "../../../core/action/queries";
import { authorizeVm } from "../../../core/authorize";
import { element } from "../../../domain/xml/builder";
import { idOf } from "../common";
import type { RpcMethods } from "../method";

/** Additions of Strata, which OpenNebula does not have: under a name of their own. */
export const strataMethods: RpcMethods = {
  "strata.vm.run": {
    params: "i id",
    differs: "an addition: the newest run of a VM, empty when there is none",
    async run(ctx, args) {
      const vmId = idOf(args, "VM");
      await authorizeVm(ctx.core.db, ctx.actor, "USE", vmId);
      const { rows } = await listActions(ctx, { vmId, limit: 1, offset: 0, descending: true });
      const [run] = rows;
      if (run === undefined) return element("RUN").xml;
      return element("RUN", [
        element("ID", run.id),
        element("KIND", run.kind),
        element("STATE", run.state),
        element("PHASE", run.progress.phase),
        element("DONE", run.progress.done),
        element("TOTAL", run.progress.total),
        element("ERROR", run.error ?? ""),
      ]).xml;
    },
  },
};
