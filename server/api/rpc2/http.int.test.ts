import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BareCore, startBareCore, USER_PASSWORD } from "../../core/testing/bare-core";
import { readVmDocuments } from "../../core/vm/documents";
import { element } from "../../domain/xml/builder";
import { vmXml } from "../../domain/xml/vm";
import { MAX_CALL_BYTES } from "../body";
import { rpc2Handler } from "./http";
import { callXml, readAnswer } from "./testing/client";
import { fillVms } from "./testing/many-vms";

const SESSION = `ana:${USER_PASSWORD}`;
const MANY = 10_000;

let bare: BareCore;
let server: Server;
let url: string;

beforeAll(async () => {
  bare = await startBareCore();
  await bare.user("ana", 0);
  const handle = rpc2Handler(bare.core);
  server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 75_000; // as server/setup/serve.mjs has it
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/RPC2`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await bare.close();
});

async function post(body: NonNullable<RequestInit["body"]>, type = "text/xml") {
  const response = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/xml/);
  expect(response.headers.get("cache-control")).toContain("no-transform");
  return response;
}

/** The same, read by whoever asked, at will. */
function open(body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: "POST", headers: { "content-type": "text/xml" } }, resolve);
    request.once("error", reject);
    request.end(body);
  });
}

const answerTo = async (body: NonNullable<RequestInit["body"]>, type?: string) =>
  readAnswer(await (await post(body, type)).text());

describe("raw HTTP", () => {
  const right = () => callXml("one.system.version", [SESSION]);

  test("a right call, with its own and with no declaration; its length is told", async () => {
    expect(await answerTo(right())).toMatchObject({ ok: true, value: "7.5.80" });
    const bare = await post(right().replace(/^<\?xml[^>]*\?>/, ""), "text/xml; charset=utf-8");
    expect(Number(bare.headers.get("content-length"))).toBe((await bare.text()).length);
  });

  test("fifty first calls at once are one sign-in; a changed password ends it", async () => {
    const { userId } = await bare.user("fifty");
    const session = `fifty:${USER_PASSWORD}`;
    const call = () => answerTo(callXml("one.system.version", [session]));
    const answers = await Promise.all(Array.from({ length: 50 }, call));
    expect(answers.filter((answer) => !answer.ok)).toEqual([]);
    await bare.core.db.user.update({ where: { id: userId }, data: { passwordHash: "another" } });
    expect(await call()).toMatchObject({ ok: false, code: 0x0100 });
  });

  test("calls are sent by POST", async () => {
    const response = await fetch(url);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  test.each(["text/plain", "application/json", "multipart/form-data; boundary=x"])("%s is refused", async (type) => {
    expect((await answerTo(right(), type)).fault).toContain("Send the call as text/xml");
  });

  test("a body that is too large is refused while it comes, announced or not", async () => {
    const large = `<a>${"x".repeat(MAX_CALL_BYTES)}</a>`;
    expect((await answerTo(large)).fault).toContain("too large");
    const unannounced = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(url, { method: "POST", headers: { "content-type": "text/xml" } }, (response) => {
        response.setEncoding("utf8");
        response.once("data", resolve);
      });
      request.once("error", reject);
      const chunk = Buffer.alloc(64 * 1024, 32);
      for (let sent = 0; sent <= MAX_CALL_BYTES; sent += chunk.byteLength) request.write(chunk);
    });
    expect(unannounced).toContain("too large");
  });

  test.each<[string, NonNullable<RequestInit["body"]>]>([
    ["invalid UTF-8", new Uint8Array([0x3c, 0xff, 0xfe, 0x3e])],
    ["nothing", ""],
    [
      "an entity bomb",
      `<!DOCTYPE a [<!ENTITY b "${"x".repeat(1000)}">]><methodCall><methodName>&b;&b;</methodName></methodCall>`,
    ],
    [
      "an external entity",
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><methodCall><methodName>&b;</methodName></methodCall>',
    ],
    ["deep nesting", "<a>".repeat(50_000)],
    ["a name with a line break", callXml("one.x\r\nX: y", [])],
    ["more parameters than any method has", callXml("one.system.version", Array(100).fill(1))],
    ["a method that does not exist", callXml("one.vm.nothing", [SESSION])],
    [
      "a structure",
      callXml("one.vm.info", [SESSION]).replace("</params>", "<param><value><struct/></value></param></params>"),
    ],
  ])("%s is a fault", async (_name, body) => {
    expect((await answerTo(body)).fault).toBeDefined();
  });
});

describe("a pool of many machines", () => {
  const extended = callXml("one.vmpool.infoextended", [SESSION, -2, -1, -1, -1]);

  beforeAll(() => fillVms(bare.core.db, MANY));

  test("is the document of one piece, in bounded memory", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void; // what the flag has put there
    const live = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = live();
    const response = await open(extended);
    expect(response.headers["content-length"]).toBeUndefined();
    let [bytes, peak, chunks] = [0, 0, 0];
    for await (const chunk of response) {
      bytes += Buffer.byteLength(chunk);
      chunks += 1;
      if (chunks % 300 === 0) peak = Math.max(peak, live() - before);
    }
    expect(bytes).toBeGreaterThan(50e6);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(20e6);
  });

  test("has every machine once, in order, as before", async () => {
    const { db } = bare.core;
    const where = { id: { gt: MANY - 450 } };
    const rows = await db.vm.findMany({ where, orderBy: { id: "desc" } });
    const whole = element("VM_POOL", (await readVmDocuments(db, rows)).map(vmXml)).xml;
    const range = callXml("one.vmpool.infoextended", [SESSION, -2, MANY - 449, MANY, -1]);
    expect((await answerTo(range)).value).toBe(whole);
    const ids = rows.map((row) => row.id).join(",");
    expect((await answerTo(callXml("one.vmpool.infoset", [SESSION, ids, true]))).value).toBe(whole);
    const page = callXml("one.vmpool.info", [SESSION, -2, 100, -430, -1]);
    const shown = [...String((await answerTo(page)).value).matchAll(/<VM><ID>(\d+)/g)].map(([, id]) => Number(id));
    expect(shown).toEqual(Array.from({ length: 430 }, (_, index) => MANY - 100 - index));
  });

  test("waits for a client that does not read", async () => {
    let isHeld: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    let written = 0;
    server.once("request", (_request, response) => {
      const before = response.socket?.bytesWritten ?? 0; // of calls before on this connection
      const look = setImmediate(function again() {
        written = (response.socket?.bytesWritten ?? before) - before;
        if (response.writableNeedDrain && written > 0) isHeld();
        else setTimeout(again, 5);
      });
      response.once("close", () => clearImmediate(look));
    });
    const response = await open(extended);
    await held;
    expect(written).toBeLessThan(25e6);
    response.destroy();
  });

  test("that fails at the beginning is an error, and one that fails later is no complete answer", async () => {
    const { db } = bare.core;
    const spoil = (id: number, template: object) => db.vm.update({ where: { id }, data: { template } });
    await spoil(MANY - 1_500, { CPU: "no list" });
    const late = await post(extended);
    await expect(late.text()).rejects.toThrow();
    await spoil(MANY, { CPU: "no list" });
    expect(await answerTo(extended)).toMatchObject({ ok: false, code: 0x2000 });
  });
});
