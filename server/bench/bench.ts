/**
 * `npm run bench`: our data paths, the physical primitive and the reference's way, side by side. Quote the ratios, not
 * the seconds.
 * Fails when data is wrong, never because something is slow.
 *
 *   --quick        1 GiB disk with 256 MiB of data, 3 rounds (default: 8 GiB with 1.8 GB, 5 rounds)
 *   --rounds N     another number of rounds
 *   --only NAME    cases whose name contains NAME
 *   --json FILE    the figures as JSON too
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startSshd } from "../drivers/testing/sshd";
import { run } from "../lib/process";
import { buildDrivers } from "../setup/build-drivers.mjs";
import { CASES, type Row } from "./cases";
import { median, medianRatio } from "./measure";

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

async function machineLine(dir: string): Promise<string> {
  const qemu = (await firstLineOf("bash", "-c", "qemu-img --version | head -n 1")).replace(/ \(.*/, "");
  const fileSystem = (await firstLineOf("df", "--output=fstype", dir)).trim();
  const load = loadavg()[0]?.toFixed(1) ?? "?";
  return `${availableParallelism()} cores, ${Math.round(totalmem() / GIB)} GiB, ${fileSystem}, ${qemu}, node ${process.version}, load ${load}`;
}

const seconds = (ms: number) => Number((ms / 1000).toFixed(3));
const rounded = (value: number) => Number(value.toFixed(2));

function figures(row: Row) {
  const ours = median(row.ours);
  return {
    case: row.name,
    oursSeconds: seconds(ours),
    oursMinSeconds: seconds(Math.min(...row.ours)),
    oursMaxSeconds: seconds(Math.max(...row.ours)),
    reference: row.reference,
    referenceSeconds: seconds(median(row.physical)),
    ratio: rounded(medianRatio(row.ours, row.physical)),
    upstream: Object.entries(row.upstream).map(([way, timing]) => ({
      way,
      seconds: seconds(median(timing)),
      ratio: rounded(medianRatio(row.ours, timing)),
    })),
    mbPerSecond: Math.round(row.bytes / 1e6 / (ours / 1000)),
    memoryMb: Math.round(row.memory.sumMb),
    largestProcessMb: Math.round(row.memory.largestMb),
    bytes: row.bytes,
    isRight: row.isRight,
  };
}

const HEAD = ["case", "ours s [min–max]", "physical s", "ratio", "reference's way s", "ratio", "MB/s", "memory MB"];

function printTable(rows: readonly ReturnType<typeof figures>[]): void {
  const head = [...HEAD, "MB out", "check", "physical"];
  const body = rows.map((row) => [
    row.case,
    `${row.oursSeconds.toFixed(2)} [${row.oursMinSeconds.toFixed(2)}–${row.oursMaxSeconds.toFixed(2)}]`,
    row.referenceSeconds.toFixed(2),
    row.ratio.toFixed(2),
    row.upstream.map((each) => each.seconds.toFixed(2)).join(" / "),
    row.upstream.map((each) => each.ratio.toFixed(2)).join(" / "),
    String(row.mbPerSecond),
    `${row.memoryMb} (${row.largestProcessMb})`,
    String(Math.round(row.bytes / 1e6)),
    row.isRight ? "ok" : "WRONG",
    row.reference,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((cells) => cells[column]?.length ?? 0)),
  );
  for (const cells of [head, ...body])
    say(
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      json: { type: "string" },
      rounds: { type: "string" },
    },
  });
  const cases = CASES.filter((each) => values.only === undefined || each.name.includes(values.only));
  if (cases.length === 0) {
    say(`No case is called ${values.only}. There are: ${CASES.map((each) => each.name).join(", ")}`);
    return 2;
  }
  const dir = await mkdtemp(path.join(tmpdir(), "strata-bench-"));
  try {
    const { remotesDir } = await buildDrivers({ outDir: path.join(dir, "build") });
    const machine = await machineLine(dir);
    say(machine);
    if ((loadavg()[0] ?? 0) > availableParallelism() / 2) say("Other work is running on this machine: expect noise.");
    const rows: ReturnType<typeof figures>[] = [];
    const sshd = await startSshd(["backup-server"]);
    try {
      const form = values.quick ? QUICK : DEFAULT;
      const rounds = Math.max(1, Number(values.rounds ?? form.rounds) || form.rounds);
      const bench = { dir, remotesDir, sshConfig: sshd.configPath, size: form.size, rounds };
      for (const each of cases) {
        say(`${each.name} …`);
        rows.push(figures(await each.measure(bench)));
      }
    } finally {
      await sshd.stop();
    }
    printTable(rows);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
    return rows.every((row) => row.isRight) ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

process.exitCode = await main();
