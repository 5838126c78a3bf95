import { join } from "node:path";
import { withTx } from "../../../db/tx";
import { appError, reasonOf } from "../../../domain/errors";
import type { InPlaceResult } from "../../../domain/in-place";
import { text } from "../../../domain/template";
import { attempt } from "../../../lib/outcome";
import type { ActionHandler, Run } from "../../action/handler";
import { datastoreXml, driverDocument, imageXml, vmXml } from "../../documents";
import type { DriverCall } from "../../driver/port";
import { lockVm } from "../../lock";
import { requireDatastore, requireHost, requireImage, requireVm } from "../../require";
import { transitionVm } from "../../transition";
import { parseVm } from "../../vm/rows";
import { createRestoreCounter } from "../counter";
import { listDisks } from "../list-disks";
import { applyRestored, recordInPlace } from "./record";
import { InPlaceInput } from "./request";
import { awaitSafetyPoint } from "./safety";

/** The swap is taken back, or its new files are removed: seconds, but the host may be slow. */
const SETTLE_MS = 5 * 60_000;
/** A host that does not answer is asked again: until it does, nobody knows which disks the VM has. */
const SETTLE_RETRY_MS = [2_000, 10_000, 30_000];

/** Bytes of each disk after the restore. */
export type RestoredSizes = { diskId: number; virtualSize: number }[];

/**
 * Safety point → URLs → `tm restore`, which writes the new disks beside the old ones and swaps them, all or none. Up to
 * the swap a failure or a cancel leaves the VM as it was; once the swap is done, it counts, also when a cancel came then.
 */
export const inPlaceHandler: ActionHandler<InPlaceResult & { sizes: RestoredSizes }> = {
  async work(run) {
    const input = InPlaceInput.parse(run.action.input);
    const { safetyActionId } = input;
    await run.progress.phase(safetyActionId === null ? "preparing" : "safety");
    if (safetyActionId !== null) {
      run.log.add("INFO", `Run ${safetyActionId} backs up the present state first: the safety point`);
    }
    const undo = safetyActionId === null ? null : await run.step("safety", () => awaitSafetyPoint(run, safetyActionId));
    if (undo !== null) await run.step("lock", () => lockForRestore(run, input));
    await run.progress.phase("preparing");
    const urls = await run.step("list", async () => {
      const vm = parseVm(await requireVm(run.core.db, input.request.vmId));
      const vmDocument = await vmXml(run.core.db, vm);
      return await listDisks(run, { imageId: input.request.imageId, incrementId: input.incrementId, vmDocument });
    });
    await run.progress.phase("restoring");
    const sizes = await replaceDisks(run, input, urls);
    return { vmId: input.request.vmId, diskIds: sizes.map((disk) => disk.diskId), undo, sizes };
  },

  async cleanUp(run, worked) {
    if (worked.ok) return;
    await run.progress.phase("cleaning");
    const input = InPlaceInput.parse(run.action.input);
    const settled = await attempt(() => run.step("settle-failed", () => settle(run, input)));
    if (!settled.ok) {
      run.log.add("WARN", `It is not known which disks the VM has: ${reasonOf(settled.error)}. Restore it again.`);
    } else if (settled.value === "restored") {
      // The disks are the new ones, and only recording that failed: say at least that.
      await run.step("apply", () => withTx(run.core.db, async (tx) => await applyRestored(tx, input, null)));
    }
  },

  record: recordInPlace,
};

/** After its safety point the VM is free for a moment; if somebody else was quicker, this restore does not happen. */
async function lockForRestore(run: Run, input: InPlaceInput): Promise<null> {
  await withTx(run.core.db, async (tx) => {
    await lockVm(tx, input.request.vmId);
    const vm = await tx.vm.findUniqueOrThrow({ where: { id: input.request.vmId } });
    // Only this run can have moved it: no two of its kind are admitted for one VM.
    if (vm.state !== "RESTORE") await transitionVm(tx, vm, "restore");
  });
  return null;
}

async function replaceDisks(run: Run, input: InPlaceInput, urls: Record<string, string>): Promise<RestoredSizes> {
  const tried = await attempt(() => run.step("restore", () => callRestore(run, input, urls)));
  if (tried.ok) return tried.value;
  const settled = await attempt(() => run.step("settle", () => settle(run, input)));
  if (!settled.ok || settled.value !== "restored") throw tried.error;
  run.log.add("WARN", `The disks were already replaced when the driver ended: ${reasonOf(tried.error)}`);
  return input.disks;
}

async function callRestore(run: Run, input: InPlaceInput, urls: Record<string, string>): Promise<RestoredSizes> {
  const counter = createRestoreCounter(run.progress, input.disks);
  const wanted: Record<string, string> = {};
  for (const { diskId } of input.disks) {
    const url = urls[String(diskId)];
    if (url === undefined) throw appError("RESTORE_DISK_MISSING", { diskId });
    wanted[String(diskId)] = url;
  }
  const sizes = Object.fromEntries(
    input.disks.map((disk) => [String(disk.diskId), Math.min(disk.virtualSize, disk.bytesToRead)]),
  );
  const report = await run.core.drivers.call({
    ...(await tmCall(run, input, "restore", { URLS: JSON.stringify(wanted), SIZES: JSON.stringify(sizes) })),
    signal: run.signal,
    onDiskProgress: counter.report,
  });
  return input.disks.map(({ diskId, virtualSize }) => {
    counter.finished(diskId);
    const facts = report.disks.find((disk) => disk.id === diskId);
    run.log.add("INFO", `Disk ${diskId} is replaced by increment ${input.incrementId}`);
    return { diskId, virtualSize: facts?.virtualSize ?? virtualSize };
  });
}

/** Which disks the VM has now: `restored`, or `unchanged` after everything was taken back. */
async function settle(run: Run, input: InPlaceInput): Promise<string> {
  const call = await tmCall(run, input, "postrestore", {});
  if (!(await run.core.drivers.has(call))) return "unchanged"; // another driver, which promises nothing
  for (const waitMs of SETTLE_RETRY_MS) {
    const tried = await attempt(() => run.core.drivers.call({ ...call, signal: AbortSignal.timeout(SETTLE_MS) }));
    if (tried.ok) return tried.value.stdout.trim();
    run.log.add("WARN", `Putting the disks back: ${reasonOf(tried.error)}`);
    await run.core.clock.sleep(waitMs);
  }
  return (await run.core.drivers.call({ ...call, signal: AbortSignal.timeout(SETTLE_MS) })).stdout.trim();
}

async function tmCall(
  run: Run,
  input: InPlaceInput,
  action: "restore" | "postrestore",
  extra: Record<string, string>,
): Promise<Omit<DriverCall, "signal">> {
  const { db, config } = run.core;
  const { vmId, imageId, diskId } = input.request;
  const vm = parseVm(await requireVm(db, vmId));
  const host = await requireHost(db, vm.hostId);
  const system = await requireDatastore(db, vm.systemDatastoreId);
  const backup = await requireImage(db, imageId);
  const datastore = await requireDatastore(db, backup.datastoreId);
  const increment = backup.isChain ? input.incrementId : -1;
  return {
    family: "tm",
    driver: text(vm.template, "TM_MAD_SYSTEM") ?? system.tmMad,
    action,
    argv: [
      `${host.name}:${join(system.basePath, String(vmId))}`,
      String(vmId),
      String(imageId),
      String(increment),
      String(diskId ?? -1),
    ],
    document: driverDocument({
      datastore: datastoreXml(datastore),
      vm: await vmXml(db, vm),
      image: await imageXml(db, backup),
      extra: { RESTORE_ID: `action-${run.action.id}`, WORK_DIR: join(config.home, "work"), ...extra },
    }),
    onLog: run.log.add,
  };
}
