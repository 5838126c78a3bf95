import { reasonOf } from "../../domain/errors";
import type { RestoreResult } from "../../domain/restore";
import { attempt } from "../../lib/outcome";
import type { Run } from "../action/handler";
import { requestDiskAttach } from "../vm/attach";
import { awaitRun } from "./await-run";

/**
 * Attach the restored image to a VM, by a run of its own, and wait for its end. What keeps it from being attached is an
 * answer and not a failure: the image is there, and can be attached later.
 */
export async function attachCopy(
  run: Run,
  imageId: number,
  attach: { vmId: number; target: string | null },
): Promise<NonNullable<RestoreResult["attach"]>> {
  const { vmId, target } = attach;
  const asked = await attempt(() =>
    run.step("attach", async () => {
      // A repeated step finds what the first one has asked for.
      const before = await run.core.db.action.findFirst({
        where: { kind: "disk-attach", imageId, vmId },
        select: { id: true },
      });
      if (before !== null) return before.id;
      const ctx = { core: run.core, actor: run.action.actor };
      return (await requestDiskAttach(ctx, { vmId, source: { kind: "image", imageId }, target })).actionId;
    }),
  );
  if (!asked.ok) return { actionId: null, vmId, error: reasonOf(asked.error) };
  const actionId = asked.value;
  const { state, error } = await run.step("attached", () => awaitRun(run, actionId));
  return { actionId, vmId, error: state === "DONE" ? null : (error ?? "it was cancelled") };
}
