import { parseStored } from "../../db/stored";
import { withTx } from "../../db/tx";
import { appError, reasonOf } from "../../domain/errors";
import { Template, text } from "../../domain/template";
import { loop } from "../../lib/loop";
import { parseMonitorAnswer } from "../../lib/wire";
import type { Core } from "../core";
import { datastoreXml, driverDocument } from "../documents";
import { appendEvent } from "../event/append";
import { recordDay } from "./history";

/** MONITORING_INTERVAL_DATASTORE of the reference. */
const EVERY_MS = 300_000;

/**
 * Ask the driver for the capacity and store it. A failure is stored too and keeps the last figures, which then are
 * shown with their age.
 */
export async function refreshDatastore(core: Core, datastoreId: number, signal: AbortSignal): Promise<void> {
  const datastore = await core.db.datastore.findUnique({ where: { id: datastoreId } });
  if (datastore === null) return;
  const data = await readCapacity(core, datastore, signal).then(
    ({ repoId, ...figures }) => ({
      ...figures,
      ...rememberRepository(datastore.template, repoId),
      monitoredAt: new Date(core.clock.now()),
      monitorError: null,
    }),
    (error: unknown) => ({ monitorError: reasonOf(error) }),
  );
  const isChanged =
    data.monitorError !== datastore.monitorError || ("freeMb" in data && data.freeMb !== datastore.freeMb);
  await withTx(core.db, async (tx) => {
    const { count } = await tx.datastore.updateMany({ where: { id: datastoreId }, data });
    if (count > 0 && "freeMb" in data) await recordDay(tx, datastoreId, { ...data, at: data.monitoredAt.getTime() });
    if (isChanged) await appendEvent(tx, { topic: "datastore", objectId: datastoreId, type: "monitored" });
  });
}

/**
 * The identity of the repository, learnt once: from then on the drivers refuse a folder that is not it, such as the empty
 * mount point of a file system that is away.
 */
function rememberRepository(json: unknown, repoId: string | null): { template?: Template } {
  const template = parseStored(Template, json);
  return repoId === null || text(template, "REPO_ID") !== undefined
    ? {}
    : { template: { ...template, REPO_ID: [repoId] } };
}

async function readCapacity(core: Core, datastore: Parameters<typeof datastoreXml>[0], signal: AbortSignal) {
  // A system datastore has no datastore driver: it is measured like one of images.
  const ofImages = datastore.tmMad === "ceph" ? "ceph" : "fs";
  const driver = datastore.dsMad === "-" ? ofImages : datastore.dsMad;
  const { stdout } = await core.drivers.call({
    family: "datastore",
    driver,
    action: "monitor",
    argv: [String(datastore.id)],
    document: driverDocument({ datastore: datastoreXml(datastore) }),
    signal,
  });
  const answer = parseMonitorAnswer(stdout);
  if (answer === null)
    throw appError("DRIVER_ANSWER", { path: `datastore/${driver}/monitor`, answer: stdout.slice(0, 200) });
  return {
    totalMb: Math.round(answer.totalMb),
    usedMb: Math.round(answer.usedMb),
    freeMb: Math.round(answer.freeMb),
    repoId: answer.repoId,
  };
}

/** Keep the figures of all datastores fresh on this node. */
export function startDatastoreMonitor(core: Core): { stop(): Promise<void> } {
  const stop = new AbortController();
  const running = loop(
    async (signal) => {
      const rows = await core.db.datastore.findMany({ orderBy: { id: "asc" }, select: { id: true } });
      for (const { id } of rows) {
        if (signal.aborted) return;
        await refreshDatastore(core, id, signal);
      }
    },
    EVERY_MS,
    stop.signal,
    { onError: (error) => core.log.warn({ err: error }, "datastore monitor") },
  );
  return {
    async stop() {
      stop.abort();
      await running;
    },
  };
}
