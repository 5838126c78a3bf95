/**
 * The clients of the API bench, in a thread of their own: `/RPC2` as OpenNebula's clients use it, over connections that stay.
 * Message in: `{ bodies, clients, calls, pauseMs }`. Out: `{ times, bytes, last }`, the milliseconds of each call from its
 * first byte to the last of its answer.
 */
import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const TAIL_BYTES = 4096;
/** @type {{ url: string }} */
const { url } = workerData;

parentPort?.on("message", async ({ bodies, clients, calls, pauseMs }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times = [];
  let [begun, bytes, last] = [0, 0, ""];
  const client = async () => {
    while (begun < calls) {
      const body = bodies[begun++ % bodies.length];
      const startedAt = performance.now();
      const answer = await call(agent, body);
      times.push(performance.now() - startedAt);
      bytes += answer.bytes;
      last = answer.tail;
      if (!answer.isOk) throw new Error(`refused: ${answer.tail}`);
      const rest = pauseMs - (performance.now() - startedAt);
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
    parentPort?.postMessage({ times, bytes, last });
  } catch (error) {
    parentPort?.postMessage({ times, bytes, last: String(error) });
  } finally {
    agent.destroy();
  }
});

function call(agent, body) {
  const headers = { "content-type": "text/xml", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      let [bytes, head, tail] = [0, "", ""];
      response.on("data", (chunk) => {
        bytes += chunk.length;
        if (head.length < TAIL_BYTES) head += chunk.toString("latin1");
        tail = (tail + chunk.subarray(-TAIL_BYTES).toString("latin1")).slice(-TAIL_BYTES);
      });
      response.on("end", () => resolve({ bytes, tail, isOk: head.includes("<boolean>1</boolean>") }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
