import { toJson } from "../../db/json";
import { withTx } from "../../db/tx";
import { dueOf, isWanted } from "../../domain/notification";
import type { Core } from "../core";
import { describeFacts } from "./describe";
import { toRule } from "./rows";

const BATCH = 200;

/**
 * Ask the rules of now where the facts in the outbox go, the oldest first: a delivery for each rule that wants one. What
 * no rule wants goes nowhere. Repeating it makes nothing twice. @returns how many facts it has looked at
 */
export async function routeOutbox(core: Core): Promise<number> {
  const { db } = core;
  const rows = await db.notification.findMany({ where: { routedAt: null }, orderBy: { id: "asc" }, take: BATCH });
  if (rows.length === 0) return 0;
  const rules = (await db.notificationRule.findMany({ where: { isEnabled: true }, include: { channel: true } })).map(
    toRule,
  );
  const items = rules.length === 0 ? [] : await describeFacts(db, rows);
  const now = core.clock.now();
  const deliveries = items.flatMap((item) =>
    rules
      .filter((rule) => isWanted(rule, item))
      .map((rule) => {
        const dueAt = dueOf(rule.digest, now);
        return {
          key: `${rule.ruleId}:${item.id}`,
          channelId: rule.channelId,
          ruleName: rule.name,
          item: toJson(item),
          digest: rule.digest === "none" ? null : `${rule.ruleId}:${dueAt}`,
          dueAt: new Date(dueAt),
          createdAt: new Date(now),
        };
      }),
  );
  await withTx(db, async (tx) => {
    await tx.notificationDelivery.createMany({ data: deliveries, skipDuplicates: true });
    const ids = rows.map((row) => row.id);
    await tx.notification.updateMany({ where: { id: { in: ids } }, data: { routedAt: new Date(now) } });
  });
  return rows.length;
}
