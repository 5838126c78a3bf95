import type { Actor } from "./actor";

export type Right = "USE" | "MANAGE" | "ADMIN";

/** The nine bits of an object, owner/group/other × use/manage/admin, as one octal number like OpenNebula's 0640. */
export interface Owned {
  uid: number;
  gid: number;
  /** e.g. 0o600: owner use+manage. Bit order per digit: 4 use, 2 manage, 1 admin. */
  permissions: number;
}

const BIT: Record<Right, number> = { USE: 4, MANAGE: 2, ADMIN: 1 };

/** May `actor` do things of class `right` to an object, by its permission bits? (ACL rules come on top.) */
export function mayByPermissions(actor: Actor, object: Owned, right: Right): boolean {
  if (actor.isAdmin) return true;
  const bit = BIT[right];
  if (actor.userId === object.uid && ((object.permissions >> 6) & bit) !== 0) return true;
  if (actor.groupIds.includes(object.gid) && ((object.permissions >> 3) & bit) !== 0) return true;
  return (object.permissions & bit) !== 0;
}

/** OWNER_U … OTHER_A as 0/1, in the order of the XML documents. */
export function permissionFlags(permissions: number): Record<string, 0 | 1> {
  const flags: Record<string, 0 | 1> = {};
  for (const [who, shift] of [
    ["OWNER", 6],
    ["GROUP", 3],
    ["OTHER", 0],
  ] as const) {
    for (const [what, bit] of [
      ["U", 4],
      ["M", 2],
      ["A", 1],
    ] as const) {
      flags[`${who}_${what}`] = ((permissions >> shift) & bit) !== 0 ? 1 : 0;
    }
  }
  return flags;
}

/** Default mask 0177 of new objects: owner use+manage. */
export const DEFAULT_PERMISSIONS = 0o600;
