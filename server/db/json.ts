import type { Prisma } from "./client";
import { Prisma as PrismaValues } from "./generated/client";

/** A plain object as a JSON column takes it. Prisma's own type refuses interfaces, which have no index signature. */
export function toJson(value: object): Prisma.InputJsonObject {
  return value as Prisma.InputJsonObject;
}

/** SQL's NULL in a JSON column; plain null is refused there, since it could mean JSON's null too. */
export const SQL_NULL = PrismaValues.DbNull;
