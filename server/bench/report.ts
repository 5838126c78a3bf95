/** Tables of the bench. */
import type { Row } from "./case";
import type { LiveRow } from "./live";
import type { Stall } from "./live-stall";
import { median, medianRatio } from "./measure";

const seconds = (ms: number) => Number((ms / 1000).toFixed(3));
const rounded = (value: number) => Number(value.toFixed(2));

/** What is printed of a case, and written to the JSON file. */
export function figures(row: Row) {
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

export function liveFigures(row: LiveRow) {
  return {
    case: row.name,
    oursSeconds: seconds(median(row.ours)),
    upstreamSeconds: seconds(median(row.upstream)),
    ratio: rounded(medianRatio(row.ours, row.upstream)),
    oursStall: row.oursStall,
    upstreamStall: row.upstreamStall,
    idleStall: row.idle,
    bytes: row.bytes,
    isRight: row.isRight,
  };
}

/** Columns as wide as their widest cell, the first row is the head. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((cells) => line(cells).trimEnd()).join("\n");
}

const check = (isRight: boolean) => (isRight ? "ok" : "WRONG");

export function caseTable(rows: readonly ReturnType<typeof figures>[]): string {
  const head = ["case", "ours s [min–max]", "physical s", "ratio", "reference's way s", "ratio", "MB/s", "memory MB"];
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
    check(row.isRight),
    row.reference,
  ]);
  return table([[...head, "MB out", "check", "physical"], ...body]);
}

export function liveTable(rows: readonly ReturnType<typeof liveFigures>[]): string {
  const stall = ({ p50Ms, p99Ms, maxMs, writes }: Stall) =>
    `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} / ${maxMs.toFixed(0)} of ${writes}`;
  const head = [
    "case",
    "ours s",
    "reference's way s",
    "ratio",
    "ours: p50 / p99 / max ms of writes",
    "reference's way",
  ];
  const body = rows.map((row) => [
    row.case,
    row.oursSeconds.toFixed(2),
    row.upstreamSeconds.toFixed(2),
    row.ratio.toFixed(2),
    stall(row.oursStall),
    stall(row.upstreamStall),
    stall(row.idleStall),
    String(Math.round(row.bytes / 1e6)),
    check(row.isRight),
  ]);
  return table([[...head, "idle", "MB out", "check"], ...body]);
}

export interface SchedulerFigures {
  case: string;
  vms: number;
  medianMs: number;
  minMs: number;
  maxMs: number;
  queries: number;
  heapMb: number;
  isRight: boolean;
}

export function schedulerTable(rows: readonly SchedulerFigures[]): string {
  const body = rows.map((row) => [
    row.case,
    String(row.vms),
    `${row.medianMs} [${row.minMs}–${row.maxMs}]`,
    String(row.queries),
    String(row.heapMb),
    check(row.isRight),
  ]);
  return table([["case", "VMs", "pass ms [min–max]", "queries", "heap MB", "check"], ...body]);
}

/** A whole pool over HTTP, and the same rows read and printed without it. */
export interface ApiListFigures {
  case: string;
  vms: number;
  oursMs: number;
  plainMs: number;
  ratio: number;
  ourHeapMb: number;
  plainHeapMb: number;
  megabytes: number;
  isRight: boolean;
}

export function apiListTable(rows: readonly ApiListFigures[]): string {
  const body = rows.map((row) => [
    row.case,
    String(row.vms),
    String(row.oursMs),
    String(row.plainMs),
    row.ratio.toFixed(2),
    `${row.ourHeapMb} / ${row.plainHeapMb}`,
    String(row.megabytes),
    check(row.isRight),
  ]);
  return table([["case", "VMs", "HTTP ms", "read + text ms", "ratio", "heap MB", "MB sent", "check"], ...body]);
}

/** Calls for one machine, by many clients at once. */
export interface ApiInfoFigures {
  case: string;
  vms: number;
  clients: number;
  calls: number;
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  isRight: boolean;
}

export function apiInfoTable(rows: readonly ApiInfoFigures[]): string {
  const body = rows.map((row) => [
    row.case,
    String(row.vms),
    String(row.clients),
    String(row.calls),
    String(row.perSecond),
    `${row.p50Ms} / ${row.p95Ms} / ${row.p99Ms}`,
    check(row.isRight),
  ]);
  return table([["case", "VMs", "clients", "calls", "calls/s", "p50 / p95 / p99 ms", "check"], ...body]);
}
