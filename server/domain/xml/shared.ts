import { permissionFlags } from "../permissions";
import { element, epochSeconds, type Xml } from "./builder";

/** What every pool object's document begins with. */
export interface OwnedDocument {
  id: number;
  uid: number;
  gid: number;
  userName: string;
  groupName: string;
  name: string;
  /** e.g. 0o600. */
  permissions: number;
}

/** A locked object. */
export interface LockDocument {
  /** 1 use, 2 manage, 3 admin. */
  level: number;
  ownerId: number;
  /** Epoch ms. */
  at: number;
  requestId: number;
}

/** ID UID GID UNAME GNAME NAME, in the schema's order. */
export function ownerElements(object: OwnedDocument): Xml[] {
  return [
    element("ID", object.id),
    element("UID", object.uid),
    element("GID", object.gid),
    element("UNAME", object.userName),
    element("GNAME", object.groupName),
    element("NAME", object.name),
  ];
}

/** OWNER_U … OTHER_A as 0/1. */
export function permissionsElement(permissions: number): Xml {
  return element(
    "PERMISSIONS",
    Object.entries(permissionFlags(permissions)).map(([flag, value]) => element(flag, value)),
  );
}

/** Nothing when the object is not locked. */
export function lockElements(lock: LockDocument | null | undefined): Xml[] {
  if (lock === null || lock === undefined) return [];
  return [
    element("LOCK", [
      element("LOCKED", lock.level),
      element("OWNER", lock.ownerId),
      element("TIME", epochSeconds(lock.at)),
      element("REQ_ID", lock.requestId),
    ]),
  ];
}
