import type { PrismaClient } from "../../db/client";

/** A node that was silent this long, while we were heard, is dead: its runs are taken over. */
export const DEAD_MS = 6_000;

export interface NodeSeen {
  name: string;
  /** The database's time of its last beat, epoch ms. */
  seenAt: number;
}

/** Say that this node lives, and hear of the others; the database's clock is the only one that counts. */
export async function beat(db: PrismaClient, name: string, version: string): Promise<NodeSeen[]> {
  await db.$executeRaw`
    INSERT INTO "Node" ("name", "version", "startedAt", "seenAt") VALUES (${name}, ${version}, now(), now())
    ON CONFLICT ("name") DO UPDATE SET "seenAt" = now(), "version" = EXCLUDED."version"`;
  const rows = await db.node.findMany({ select: { name: true, seenAt: true } });
  return rows.map((row) => ({ name: row.name, seenAt: row.seenAt.getTime() }));
}

/** Note the start of this node. */
export async function announce(db: PrismaClient, name: string, version: string): Promise<void> {
  await beat(db, name, version);
  await db.$executeRaw`UPDATE "Node" SET "startedAt" = now() WHERE "name" = ${name}`;
}

export interface NodeWatch {
  observe(nodes: readonly NodeSeen[], atMs: number): void;
  isDead(name: string): boolean;
}

/**
 * Which nodes are dead, judged by what this node saw itself: a beat that did not change while our own went through. After
 * an outage of the database all old beats look stale at once; they count as fresh from the first time we are heard again.
 * A node that has no row was never here, or was removed: dead.
 */
export function createNodeWatch(deadMs: number = DEAD_MS): NodeWatch {
  const beats = new Map<string, { seenAt: number; since: number }>();
  let observedAt: number | null = null;
  return {
    observe(nodes, atMs) {
      const wasAway = observedAt === null || atMs - observedAt > deadMs;
      for (const { name, seenAt } of nodes) {
        const before = beats.get(name);
        if (before === undefined || before.seenAt !== seenAt || wasAway) beats.set(name, { seenAt, since: atMs });
      }
      for (const name of beats.keys()) if (!nodes.some((node) => node.name === name)) beats.delete(name);
      observedAt = atMs;
    },
    isDead(name) {
      const known = beats.get(name);
      return observedAt !== null && (known === undefined || observedAt - known.since >= deadMs);
    },
  };
}
