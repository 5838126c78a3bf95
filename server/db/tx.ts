import type { Prisma, PrismaClient } from "./client";

export type Tx = Prisma.TransactionClient;
/** A client or an open transaction: queries take either. */
export type Db = PrismaClient | Tx;

const TX_TIMEOUT_MS = 10_000; // nothing slow may live in a transaction: no driver, process or network call

/** Run `work` in one transaction. */
export function withTx<T>(db: PrismaClient, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(work, { timeout: TX_TIMEOUT_MS, maxWait: TX_TIMEOUT_MS });
}
