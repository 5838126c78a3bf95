import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client";

export type { Prisma, PrismaClient } from "./generated/client";

/** Longest wait for a connection: a server that does not answer is an error, not a process that stands still. */
const CONNECTION_MS = 30_000;

/**
 * A client of the database at `url`; close it with `$disconnect()`.
 * @param options.connections at most so many at a time, 16 unless told; whoever needs more waits
 */
export function createDb(url: string, { connections = 16 }: { connections?: number } = {}): PrismaClient {
  const pool = { connectionString: url, max: connections, connectionTimeoutMillis: CONNECTION_MS, keepAlive: true };
  return new PrismaClient({ adapter: new PrismaPg(pool) });
}
