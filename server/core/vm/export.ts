import { z } from "zod";
import { withTx } from "../../db/tx";
import { ObjectId } from "../../domain/ids";
import type { VmRow } from "../../domain/vm";
import { csvText } from "../../lib/csv";
import { writeAudit } from "../audit";
import type { Ctx } from "../context";
import { readVmFacts, type VmFacts } from "./facts";
import { findVmFacts, VmSearch } from "./inventory";
import { toVmRows } from "./inventory-rows";

/** What the list finds, or of all VMs those with these ids. */
export const VmExport = VmSearch.extend({ vmIds: z.array(ObjectId).min(1).max(10_000).optional() });

/** Rows whose documents are read at a time. */
const CHUNK = 500;
const MINUTE_MS = 60_000;

/** The inventory as CSV, without pages: what a search finds or what was chosen, and the actor may USE. */
export async function exportVms(ctx: Ctx, raw: z.input<typeof VmExport>): Promise<{ csv: string; vms: number }> {
  const { vmIds, ...search } = VmExport.parse(raw);
  const { db, clock } = ctx.core;
  const now = clock.now();
  const facts = vmIds === undefined ? await findVmFacts(ctx, search) : await readVmFacts(db, ctx.actor, now, vmIds);
  const lines: (string | number | null)[][] = [];
  for (const chunk of chunks(facts)) lines.push(...(await toVmRows(ctx, chunk)).map((row) => lineOf(row, now)));
  await withTx(db, async (tx) => {
    const data = { vms: lines.length, ...(vmIds === undefined ? search : {}) };
    await writeAudit(tx, ctx.actor, { what: "vm-export", object: "system", objectId: 0, data });
  });
  return { csv: csvText(HEADING, lines), vms: lines.length };
}

function chunks(facts: readonly VmFacts[]): VmFacts[][] {
  const count = Math.ceil(facts.length / CHUNK);
  return Array.from({ length: count }, (_, index) => facts.slice(index * CHUNK, (index + 1) * CHUNK));
}

const HEADING = [
  "vm id",
  "vm",
  "protection",
  "state",
  "owner",
  "group",
  "host",
  "labels",
  "job id",
  "job",
  "next run",
  "newest good point",
  "age minutes",
  "target minutes",
  "left out because",
  "left out until",
  "mode",
  "points",
  "points of the open chain",
  "stored bytes",
  "disks",
  "size MiB",
  "last failure",
];

function lineOf(row: VmRow, now: number): (string | number | null)[] {
  return [
    row.id,
    row.name,
    row.protection,
    row.state,
    row.ownerName,
    row.groupName,
    row.hostName,
    row.labels.join(", "),
    row.jobId,
    row.jobName,
    timeOf(row.nextRunAt),
    timeOf(row.newestPointAt),
    row.newestPointAt === null ? null : Math.floor((now - row.newestPointAt) / MINUTE_MS),
    row.target.rpoMinutes,
    row.excludedReason,
    timeOf(row.excludedUntil),
    row.mode,
    row.pointCount,
    row.chainLength,
    row.storedBytes,
    row.diskCount,
    row.sizeMb,
    row.lastError,
  ];
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
