import type { Tx } from "../../db/tx";
import { type CapacityDay, type CapacityHistory, capacityTrend, TREND_DAYS } from "../../domain/capacity-trend";
import { csvText } from "../../lib/csv";
import { visibleTo } from "../authorize";
import type { Ctx } from "../context";

const DAY_MS = 86_400_000;

/** Keep the last measurement of a day (UTC); `at` is epoch ms. In the transaction that stores the figures. */
export async function recordDay(
  tx: Tx,
  datastoreId: number,
  { usedMb, freeMb, at }: { usedMb: number; freeMb: number; at: number },
): Promise<void> {
  const day = new Date(Math.floor(at / DAY_MS) * DAY_MS);
  await tx.datastoreDay.upsert({
    where: { datastoreId_day: { datastoreId, day } },
    create: { datastoreId, day, usedMb, freeMb },
    update: { usedMb, freeMb },
  });
}

/** The backup datastores the actor may USE, with the space of each day and where that leads. Two queries. */
export async function readCapacityHistory(ctx: Ctx): Promise<CapacityHistory[]> {
  const { db, clock } = ctx.core;
  const datastores = await db.datastore.findMany({
    where: { AND: [visibleTo(ctx.actor), { type: "BACKUP" }] },
    orderBy: { id: "asc" },
    select: { id: true, name: true, usedMb: true, freeMb: true, monitoredAt: true },
  });
  const rows = await db.datastoreDay.findMany({
    where: {
      datastoreId: { in: datastores.map((row) => row.id) },
      day: { gt: new Date(clock.now() - TREND_DAYS * DAY_MS) },
    },
    orderBy: { day: "asc" },
  });
  const daysOf = new Map<number, CapacityDay[]>();
  for (const { datastoreId, day, usedMb, freeMb } of rows) {
    const days = daysOf.get(datastoreId) ?? [];
    days.push({ at: day.getTime(), usedMb, freeMb });
    daysOf.set(datastoreId, days);
  }
  return datastores.map(({ monitoredAt, ...row }) => {
    const days = daysOf.get(row.id) ?? [];
    return { ...row, monitoredAt: monitoredAt?.getTime() ?? null, days, trend: capacityTrend(days) };
  });
}

/** The space of each day as CSV, one line a datastore and day. */
export async function exportCapacity(ctx: Ctx): Promise<{ csv: string }> {
  const heading = ["datastore id", "datastore", "day", "used MiB", "free MiB"];
  const lines = (await readCapacityHistory(ctx)).flatMap(({ id, name, days }) =>
    days.map(({ at, usedMb, freeMb }) => [id, name, new Date(at).toISOString().slice(0, 10), usedMb, freeMb]),
  );
  return { csv: csvText(heading, lines) };
}
