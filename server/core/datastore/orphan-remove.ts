import { z } from "zod";
import { reasonOf } from "../../domain/errors";
import { findOrphans, RemoveOrphans } from "../../domain/orphan";
import { attempt } from "../../lib/outcome";
import type { ActionHandler, Run } from "../action/handler";
import { writeAudit } from "../audit";
import { datastoreXml, driverDocument, orphanXml } from "../documents";
import { appendEvent } from "../event/append";
import { requireDatastore } from "../require";
import { refreshDatastore } from "./monitor";
import { knownBackups } from "./orphan-facts";
import { listRepository } from "./orphans";

const Input = RemoveOrphans.pick({ datastoreId: true, entries: true });
const Removed = z.object({ bytes: z.number(), kept: z.string().nullable() });
type Removed = z.infer<typeof Removed>;

/**
 * Remove leftovers of a repository one by one. Each is judged again on a fresh listing, so that what became a recorded
 * point, or is being written, stays; one that cannot be removed does not keep the others.
 */
export const orphanRemoveHandler: ActionHandler<Removed[]> = {
  async work(run) {
    const { entries } = Input.parse(run.action.input);
    await run.progress.phase("deleting");
    const removed: Removed[] = [];
    for (const [index, entry] of entries.entries()) {
      removed.push(await run.step(`remove-${entry.vmId}-${entry.backupId}`, () => removeOne(run, entry)));
      run.progress.bytes(index + 1, entries.length);
    }
    return removed;
  },

  async cleanUp(run) {
    const { datastoreId } = Input.parse(run.action.input);
    await run.step("monitor", async () => {
      await refreshDatastore(run.core, datastoreId, AbortSignal.timeout(60_000));
      return null;
    });
  },

  async record(tx, run, worked) {
    const { datastoreId, entries } = Input.parse(run.action.input);
    await appendEvent(tx, { topic: "datastore", objectId: datastoreId, type: "orphans-removed" });
    if (!worked.ok) return {};
    const kept = worked.value.flatMap((each) => each.kept ?? []);
    await writeAudit(tx, run.action.actor, {
      what: "orphan-remove",
      object: "datastore",
      objectId: datastoreId,
      data: { actionId: run.action.id, removed: entries.length - kept.length, kept },
    });
    return { bytes: BigInt(worked.value.reduce((sum, each) => sum + each.bytes, 0)), warnings: kept };
  },
};

type Entry = z.infer<typeof Input>["entries"][number];

async function removeOne(run: Run, { vmId, backupId }: Entry): Promise<Removed> {
  const name = `backup ${backupId} of VM ${vmId}`;
  const keep = (why: string): Removed => {
    run.log.add("WARN", `${name} stays: ${why}`);
    return { bytes: 0, kept: `${name} stays: ${why}` };
  };
  const { db } = run.core;
  const { datastoreId } = Input.parse(run.action.input);
  const datastore = await requireDatastore(db, datastoreId);
  const entries = (await listRepository(run, datastoreId, run.signal)).filter(
    (entry) => entry.vmId === vmId && entry.backupId === backupId,
  );
  if (entries.length === 0) {
    run.log.add("INFO", `${name} is gone already`);
    return { bytes: 0, kept: null };
  }
  const orphans = findOrphans(entries, await knownBackups(db, [vmId], run.action.id));
  const reason =
    orphans.length < entries.length
      ? "It is a recorded point."
      : (orphans.find((each) => each.keepReason !== null)?.keepReason ?? null);
  if (reason !== null) return keep(reason);
  const removed = await attempt(async () => {
    for (const jobId of new Set(entries.map((entry) => entry.jobId))) {
      await run.core.drivers.call({
        family: "datastore",
        driver: datastore.dsMad,
        action: "rm",
        argv: ["-1"],
        document: driverDocument({
          image: orphanXml({ vmId, backupId, jobId, datastoreId, at: 0 }),
          datastore: datastoreXml(datastore),
        }),
        signal: run.signal,
        onLog: run.log.add,
      });
    }
  });
  if (!removed.ok) {
    if (run.signal.aborted) throw removed.error;
    return keep(reasonOf(removed.error));
  }
  run.log.add("INFO", `${name} is removed`);
  return { bytes: entries.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0), kept: null };
}
