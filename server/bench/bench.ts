/**
 * `npm run bench`: our data paths, the physical primitive and the reference's way, side by side. Quote the ratios, not
 * the seconds.
 * Fails when data is wrong, never because something is slow.
 *
 *   --quick        1 GiB disk with 256 MiB of data, 3 rounds (default: 8 GiB with 1.8 GB, 5 rounds)
 *   --rounds N     another number of rounds
 *   --only NAME    cases whose name contains NAME
 *   --live         backups of a running, emulated guest instead; left out with a reason where there is no libvirt
 *   --json FILE    the figures as JSON too
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { whyNoLibvirtd } from "../drivers/testing/libvirtd";
import { startSshd } from "../drivers/testing/sshd";
import { run } from "../lib/process";
import { buildDrivers } from "../setup/build-drivers.mjs";
import { measureApi } from "./api";
import { CASES } from "./cases";
import { measureLive } from "./live";
import {
  type ApiInfoFigures,
  type ApiListFigures,
  apiInfoTable,
  apiListTable,
  caseTable,
  figures,
  liveFigures,
  liveTable,
  type SchedulerFigures,
  schedulerTable,
} from "./report";
import { measureScheduler, schedulerFigures, VM_COUNTS } from "./scheduler";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const QUICK = { size: { virtualSize: GIB, dataBytes: 256 * MIB }, rounds: 3 };
const DEFAULT = { size: { virtualSize: 8 * GIB, dataBytes: 28 * 64 * MIB }, rounds: 5 };

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function firstLineOf(...argv: [string, ...string[]]): Promise<string> {
  const result = await run(argv, { timeoutMs: 10_000 });
  return result.ok ? (result.stdout.trim().split("\n").at(-1) ?? "") : "unknown";
}

/** Of the last minute. */
function loadNow(): string {
  return loadavg()[0]?.toFixed(1) ?? "?";
}

async function machineLine(dir: string): Promise<string> {
  const qemu = (await firstLineOf("bash", "-c", "qemu-img --version | head -n 1")).replace(/ \(.*/, "");
  const fileSystem = (await firstLineOf("df", "--output=fstype", dir)).trim();
  return `${availableParallelism()} cores, ${Math.round(totalmem() / GIB)} GiB, ${fileSystem}, ${qemu}, node ${process.version}, load ${loadNow()}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      live: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
      rounds: { type: "string" },
    },
  });
  const isChosen = (name: string) => values.only === undefined || name.includes(values.only);
  const cases = values.live ? [] : CASES.filter((each) => isChosen(each.name));
  const hasScheduler = !values.live && isChosen("scheduler");
  const hasApi = !values.live && isChosen("api");
  if (cases.length === 0 && !hasScheduler && !hasApi && !values.live) {
    const names = [...CASES.map((each) => each.name), "scheduler", "api"];
    say(`No case is called ${values.only}. There are: ${names.join(", ")}`);
    return 2;
  }
  const dir = await mkdtemp(path.join(tmpdir(), "strata-bench-"));
  try {
    const { remotesDir } = await buildDrivers({ outDir: path.join(dir, "build") });
    const machine = await machineLine(dir);
    say(machine);
    if ((loadavg()[0] ?? 0) > availableParallelism() / 2) say("Other work is running on this machine: expect noise.");
    const rows: ReturnType<typeof figures>[] = [];
    const scheduler: SchedulerFigures[] = [];
    const live: ReturnType<typeof liveFigures>[] = [];
    const apiList: ApiListFigures[] = [];
    const apiInfo: ApiInfoFigures[] = [];
    const sshd = await startSshd(["backup-server"]);
    try {
      const form = values.quick ? QUICK : DEFAULT;
      const rounds = Math.max(1, Number(values.rounds ?? form.rounds) || form.rounds);
      const bench = { dir, remotesDir, sshConfig: sshd.configPath, size: form.size, rounds };
      for (const each of cases) {
        say(`${each.name} … (load ${loadNow()})`);
        rows.push(figures(await each.measure(bench)));
      }
      if (hasScheduler) {
        say(`scheduler … (load ${loadNow()})`);
        for (const vms of VM_COUNTS) scheduler.push(...(await measureScheduler(vms)).map(schedulerFigures));
      }
      if (hasApi) {
        say(`api … (load ${loadNow()})`);
        const { list, info } = await measureApi();
        apiList.push(...list);
        apiInfo.push(...info);
      }
      if (values.live) {
        const reason = whyNoLibvirtd();
        if (reason !== null) say(`Live backups are left out: ${reason}.`);
        else {
          say(`live, an emulated guest … (load ${loadNow()})`);
          live.push(...(await measureLive(bench, values.quick)).map(liveFigures));
        }
      }
    } finally {
      await sshd.stop();
    }
    if (rows.length > 0) say(caseTable(rows));
    if (scheduler.length > 0) say(schedulerTable(scheduler));
    if (live.length > 0) say(liveTable(live));
    if (apiList.length > 0) say(`${apiListTable(apiList)}\n\n${apiInfoTable(apiInfo)}`);
    const all = { machine, load: loadNow(), rows, scheduler, live, apiList, apiInfo };
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(all, null, 2)}\n`);
    return [...rows, ...scheduler, ...live, ...apiList, ...apiInfo].every((row) => row.isRight) ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

process.exitCode = await main();
