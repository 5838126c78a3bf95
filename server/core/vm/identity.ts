import { randomUUID } from "node:crypto";

/** A new identity for a guest (OS/UUID). */
export function newUuid(): string {
  return randomUUID();
}
