import { sql } from "../../db/sql";
import type { Db } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { type RpoTarget, rpoOf } from "../../domain/compliance";
import type { Protection } from "../../domain/vm";
import { factsSql } from "./facts-sql";

/** What the inventory knows of a VM without reading its documents. */
export interface VmFacts {
  id: number;
  name: string;
  state: string;
  ownerName: string;
  groupName: string;
  hostName: string;
  protection: Protection;
  /** The same without regard to a run that is going on: what the overview counts. */
  settled: Exclude<Protection, "running">;
  /** Epoch ms of the newest restorable point; null when there is none. */
  newestPointAt: number | null;
  lastRunState: "DONE" | "FAILED" | null;
  lastRunId: number | null;
  lastRunAt: number | null;
  lastError: string | null;
  runningActionId: number | null;
  target: RpoTarget;
  /** The job that it is in, null for none. */
  jobId: number | null;
  /** Null: in none, or in one that the reader may not see. */
  jobName: string | null;
  /** Why it is left out: its own settings say so, or it is in no job and one of them does. Null: it is not. */
  excludedReason: string | null;
  /** Epoch ms; null: until somebody takes it back in. */
  excludedUntil: number | null;
}

/** A row of `factsSql`. */
export interface FactsRow
  extends Omit<VmFacts, "newestPointAt" | "lastRunAt" | "target" | `${"owner" | "group" | "host"}Name`> {
  ownerName: string | null;
  groupName: string | null;
  hostName: string | null;
  newestPointAt: Date | null;
  lastRunAt: Date | null;
  ownRpo: number | null;
  jobRpo: number | null;
}

/** Facts of every living VM the actor may USE, or of `only` some: one slim query whatever their number. */
export async function readVmFacts(db: Db, actor: Actor, now: number, only?: readonly number[]): Promise<VmFacts[]> {
  const rows = await db.$queryRaw<FactsRow[]>(sql`${factsSql(actor, now, only ?? null)} ORDER BY "id"`);
  return rows.map(toFacts);
}

export function toFacts(row: FactsRow): VmFacts {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    ownerName: row.ownerName ?? "",
    groupName: row.groupName ?? "",
    hostName: row.hostName ?? "",
    protection: row.protection,
    settled: row.settled,
    newestPointAt: row.newestPointAt?.getTime() ?? null,
    lastRunState: row.lastRunState,
    lastRunId: row.lastRunId,
    lastRunAt: row.lastRunAt?.getTime() ?? null,
    lastError: row.lastError,
    runningActionId: row.runningActionId,
    target: rpoOf(row.ownRpo, row.jobRpo),
    jobId: row.jobId,
    jobName: row.jobName,
    excludedReason: row.excludedReason,
    excludedUntil: row.excludedUntil,
  };
}
