/**
 * `/RPC2` over HTTP with 10,000 VMs on a database of its own; the clients are in a thread of their own. `api-list`: a whole
 * pool against the same rows read and printed without HTTP, side by side. `api-info`: one machine, 50 clients, as fast as
 * they get answers and with ten calls a second each.
 */
import { Worker } from "node:worker_threads";
import { rpc2Handler } from "../api/rpc2/http";
import { callXml } from "../api/rpc2/testing/client";
import { fillVms } from "../api/rpc2/testing/many-vms";
import { startBareCore, USER_PASSWORD } from "../core/testing/bare-core";
import { readShortVmDocuments, readVmDocuments } from "../core/vm/documents";
import type { PrismaClient } from "../db/client";
import { element, type Xml } from "../domain/xml/builder";
import { shortVmXml, vmXml } from "../domain/xml/vm";
import { systemClock } from "../lib/clock";
import { listen } from "../setup/serve.mjs";
import { cloneDatabase, ensureTemplate, startTestPostgres } from "../setup/test-database.mjs";
import { median, medianRatio, roundRobin } from "./measure";
import type { ApiInfoFigures, ApiListFigures } from "./report";

const VMS = 10_000;
const ROUNDS = 7;
const SESSION = `bench:${USER_PASSWORD}`;
/** Rows of one read, where there is no HTTP. */
const READ = 1_000;
const CLIENTS = 50;
const CALLS = 5_000;
const WARM_CALLS = 1_000;
const SAMPLE_MS = 5;

interface Load {
  bodies: readonly string[];
  clients: number;
  calls: number;
  /** From the beginning of one call of a client to its next, at least. */
  pauseMs: number;
}

interface Served {
  times: number[];
  bytes: number;
  /** End of the last answer. */
  last: string;
}

/** Time both cases. */
export async function measureApi(): Promise<{ list: ApiListFigures[]; info: ApiInfoFigures[] }> {
  const postgres = await startTestPostgres();
  try {
    const database = await cloneDatabase(postgres.url, await ensureTemplate(postgres.url));
    const bare = await startBareCore({ databaseUrl: database.url });
    const web = await listen("127.0.0.1", 0);
    const url = `http://127.0.0.1:${web.port}/RPC2`;
    const worker = new Worker(new URL("./api-client.mjs", import.meta.url), { workerData: { url } });
    try {
      await bare.user("bench", 0);
      const core = { ...bare.core, clock: systemClock };
      web.use(rpc2Handler(core));
      await fillVms(core.db, VMS);
      const send = (load: Load) => ask(worker, load);
      const list = [
        await measureList("api-list-short", core.db, send, "one.vmpool.info", readShort),
        await measureList("api-list-full", core.db, send, "one.vmpool.infoextended", readFull),
      ];
      return { list, info: [await measureInfo(send, 0), await measureInfo(send, 100)] };
    } finally {
      await worker.terminate();
      await web.close();
      await bare.close();
      await database.drop();
    }
  } finally {
    await postgres.stop();
  }
}

function ask(worker: Worker, load: Load): Promise<Served> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (served: Served) => {
      worker.off("error", reject);
      resolve(served);
    });
    worker.postMessage(load);
  });
}

type ReadSlice = (db: PrismaClient, below: number) => Promise<{ last: number; machines: readonly Xml[] }>;

const readShort: ReadSlice = async (db, below) => {
  const rows = await readShortVmDocuments(db, { where: { id: { lt: below } }, take: READ });
  return { last: rows.at(-1)?.id ?? 0, machines: rows.map(shortVmXml) };
};

const readFull: ReadSlice = async (db, below) => {
  const rows = await db.vm.findMany({ where: { id: { lt: below } }, take: READ, orderBy: { id: "desc" } });
  return { last: rows.at(-1)?.id ?? 0, machines: (await readVmDocuments(db, rows)).map(vmXml) };
};

async function measureList(
  name: string,
  db: PrismaClient,
  send: (load: Load) => Promise<Served>,
  method: string,
  read: ReadSlice,
): Promise<ApiListFigures> {
  const body = callXml(method, [SESSION, -2, -1, -1, -1]);
  let served: Served | null = null;
  let text = "";
  const overHttp = async () => {
    served = await send({ bodies: [body], clients: 1, calls: 1, pauseMs: 0 });
  };
  const readAndText = async () => {
    const machines: Xml[] = [];
    for (let below = VMS + 1; below > 1; ) {
      const slice = await read(db, below);
      machines.push(...slice.machines);
      below = slice.last;
    }
    text = element("VM_POOL", machines).xml;
  };
  const reset = async () => {
    text = "";
  };
  await overHttp();
  await readAndText();
  const [ours = [], plain = []] = await roundRobin(
    [
      { run: overHttp, reset },
      { run: readAndText, reset },
    ],
    ROUNDS,
  );
  const [ourHeapMb, plainHeapMb] = [await heapOf(overHttp), await heapOf(readAndText)];
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const { bytes, last } = served ?? { bytes: 0, last: "" };
  const envelope = bytes - Buffer.byteLength(escaped);
  return {
    case: name,
    vms: VMS,
    oursMs: Math.round(median(ours)),
    plainMs: Math.round(median(plain)),
    ratio: Number(medianRatio(ours, plain).toFixed(2)),
    ourHeapMb,
    plainHeapMb,
    megabytes: Number((bytes / 1e6).toFixed(1)),
    isRight: last.endsWith("</methodResponse>") && envelope > 0 && envelope < 1_000,
  };
}

/** Peak of the heap above what it was before, MB; garbage that nobody has collected yet included. */
async function heapOf(work: () => Promise<void>): Promise<number> {
  await work();
  const before = process.memoryUsage().heapUsed;
  let peak = before;
  const stop = new AbortController();
  const watch = async () => {
    while (!stop.signal.aborted) {
      peak = Math.max(peak, process.memoryUsage().heapUsed);
      await systemClock.sleep(SAMPLE_MS, stop.signal);
    }
  };
  const watching = watch();
  await work();
  stop.abort();
  await watching;
  return Math.round((peak - before) / 1e6);
}

async function measureInfo(send: (load: Load) => Promise<Served>, pauseMs: number): Promise<ApiInfoFigures> {
  const ids = Array.from({ length: 997 }, (_, index) => 1 + ((index * 7919) % VMS));
  const bodies = ids.map((id) => callXml("one.vm.info", [SESSION, id, false]));
  await send({ bodies, clients: CLIENTS, calls: WARM_CALLS, pauseMs: 0 });
  const startedAt = performance.now();
  const { times, last } = await send({ bodies, clients: CLIENTS, calls: CALLS, pauseMs });
  const seconds = (performance.now() - startedAt) / 1000;
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1));
  return {
    case: pauseMs === 0 ? "api-info-closed" : "api-info-paced",
    vms: VMS,
    clients: CLIENTS,
    calls: times.length,
    perSecond: Math.round(times.length / seconds),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    isRight: times.length === CALLS && last.endsWith("</methodResponse>"),
  };
}
