import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client";

export type { Prisma, PrismaClient } from "./generated/client";

/** A client of the database at `url`; close it with `$disconnect()`. */
export function createDb(url: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 16 }) });
}
