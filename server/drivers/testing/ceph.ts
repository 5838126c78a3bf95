/**
 * A private Ceph of one node on the loopback interface: a monitor, a manager and one OSD that keeps its data in memory.
 * Nothing of it is outside its temporary folder, and only the daemons that were started here are stopped.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { systemClock } from "../../lib/clock";
import { type Argv, type RunningProcess, run, start } from "../../lib/process";

const MIB = 1024 * 1024;
const TOOL_MS = 60_000;
const DAEMON_MS = 60 * 60 * 1000;
const PoolSpace = z.object({
  pools: z.array(z.object({ name: z.string(), stats: z.object({ max_avail: z.number() }) })),
});

export interface TestCeph {
  /** For CEPH_CONF. */
  confPath: string;
  /** A pool of one replica. */
  pool: string;
  /** `rbd -c <conf> …`, or any other tool of Ceph: its stdout. Throws with its output when it fails. */
  tool(program: "rbd" | "ceph" | "rados", ...args: readonly string[]): Promise<string>;
  /** Name of an image, or of a snapshot of it, for every qemu tool. */
  name(image: string, snapshot?: string): string;
  stop(): Promise<void>;
}

/**
 * Start it; takes about ten seconds.
 * @param memoryMib what the OSD can hold
 * @throws when Ceph is not installed or does not come up
 */
export async function startCeph(memoryMib = 2048): Promise<TestCeph> {
  if (!existsSync("/usr/bin/ceph-osd")) throw new Error("ceph-osd is missing: install ceph-osd");
  const dir = await mkdtemp(path.join(tmpdir(), "strata-ceph-"));
  const confPath = path.join(dir, "ceph.conf");
  const fsid = randomUUID();
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(confPath, configuration(dir, fsid, address, memoryMib));
  for (const folder of ["run", "osd", "mgr"]) await mkdir(path.join(dir, folder));

  const stopping = new AbortController();
  const daemons: RunningProcess[] = [];
  const daemon = (program: string, id: string) => {
    daemons.push(
      start([program, "-f", "-i", id, "-c", confPath], {
        signal: stopping.signal,
        timeoutMs: DAEMON_MS,
        termGraceMs: 3000,
      }),
    );
  };
  const execute = async (...argv: Argv) => {
    const result = await run(argv, { timeoutMs: TOOL_MS, maxOutputBytes: 4 * MIB });
    if (!result.ok) throw new Error(`${argv.join(" ")}: ${result.spawnError ?? `${result.stderr}${result.stdout}`}`);
    return result.stdout;
  };
  const tool: TestCeph["tool"] = (program, ...args) => execute(program, "-c", confPath, ...args);
  const stop = async () => {
    stopping.abort();
    await Promise.all(daemons.map((each) => each.done));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const monMap = path.join(dir, "monmap");
    await execute("monmaptool", "--create", "--clobber", "--add", "a", address, "--fsid", fsid, monMap);
    await execute("ceph-mon", "--mkfs", "-i", "a", "-c", confPath, "--monmap", monMap);
    daemon("ceph-mon", "a");
    daemon("ceph-mgr", "x");
    const osd = randomUUID();
    await tool("ceph", "osd", "new", osd);
    await execute("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd, "-c", confPath);
    daemon("ceph-osd", "0");
    await tool("ceph", "osd", "pool", "create", "one", "8");
    // Answers once the placement groups are there.
    await tool("rbd", "pool", "init", "one", "--force");
    await hasSpace(tool);
  } catch (error) {
    await stop();
    throw error;
  }
  const name = (image: string, snapshot?: string) => {
    const node = { driver: "rbd", pool: "one", image, conf: confPath, ...(snapshot === undefined ? {} : { snapshot }) };
    return `json:${JSON.stringify({ driver: "raw", file: node })}`;
  };
  return { confPath, pool: "one", tool, name, stop };
}

/** The OSD tells its size some seconds after it is there; until then Ceph says that nothing is free. */
async function hasSpace(tool: TestCeph["tool"]): Promise<void> {
  const until = performance.now() + TOOL_MS;
  for (;;) {
    const { pools } = PoolSpace.parse(JSON.parse(await tool("ceph", "df", "--format", "json")));
    if (pools.some((pool) => pool.name === "one" && pool.stats.max_avail > 0)) return;
    if (performance.now() > until) throw new Error("Ceph says that nothing is free");
    await systemClock.sleep(200);
  }
}

function configuration(dir: string, fsid: string, address: string, memoryMib: number): string {
  const at = (name: string) => path.join(dir, name);
  return [
    "[global]",
    `fsid = ${fsid}`,
    `mon host = ${address}`,
    "public addr = 127.0.0.1",
    ...["cluster", "service", "client"].map((role) => `auth ${role} required = none`),
    "osd pool default size = 1",
    "osd pool default min size = 1",
    "mon allow pool size one = true",
    "osd crush chooseleaf type = 0",
    "osd objectstore = memstore",
    `memstore device bytes = ${memoryMib * MIB}`,
    "mgr initial modules =",
    `mon data = ${at("mon")}`,
    `mgr data = ${at("mgr")}`,
    `osd data = ${at("osd")}`,
    `run dir = ${at("run")}`,
    `log file = ${at("$name.log")}`,
    `mon cluster log file = ${at("cluster.log")}`,
    `pid file = ${at("run/$name.pid")}`,
    `admin socket = ${at("run/$name.$pid.asok")}`,
    `crash dir = ${at("run")}`,
    "[client]",
    // Tools come and go; they need neither.
    "log file =",
    "admin socket =",
    "pid file =",
    "",
  ].join("\n");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
