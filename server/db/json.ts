import type { Prisma } from "./client";

/** A plain object as a JSON column takes it. Prisma's own type refuses interfaces, which have no index signature. */
export function toJson(value: object): Prisma.InputJsonObject {
  return value as Prisma.InputJsonObject;
}
