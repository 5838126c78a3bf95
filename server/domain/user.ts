import { z } from "zod";
import type { EventTopic } from "./event";
import { ObjectId, ObjectName } from "./ids";

/** Names of users: as other names, without blanks. */
export const UserName = z
  .string()
  .min(1, "Give a user name")
  .max(64, "A user name has at most 64 characters")
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]*$/, "Use letters, digits and . _ @ - in a user name");

/** Long enough to hold against guessing; any characters, because a rule about them only shortens what people choose. */
export const NewPassword = z
  .string()
  .min(10, "Use at least 10 characters")
  .max(256, "A password has at most 256 characters");

export const CreateUser = z.object({
  name: UserName,
  password: NewPassword,
  /** Primary group; 1 is `users`, 0 makes an administrator. */
  groupId: ObjectId.default(1),
});
export type CreateUser = z.infer<typeof CreateUser>;

/** A user changes their own password with the old one; an administrator anybody's without it. */
export const ChangePassword = z.object({
  userId: ObjectId,
  oldPassword: z.string().max(256).default(""),
  newPassword: NewPassword,
});
export type ChangePassword = z.infer<typeof ChangePassword>;

export const OWNED_KINDS = [
  "vm",
  "image",
  "datastore",
  "template",
  "network",
  "job",
] as const satisfies readonly EventTopic[];
export type OwnedKind = (typeof OWNED_KINDS)[number];

/** Nine bits as one octal number, e.g. 0o640. */
export const ChangePermissions = z.object({
  kind: z.enum(OWNED_KINDS),
  id: ObjectId,
  permissions: z.number().int().min(0).max(0o777),
});
export type ChangePermissions = z.infer<typeof ChangePermissions>;

/** A new owner or group; null leaves it. */
export const ChangeOwner = z.object({
  kind: z.enum(OWNED_KINDS),
  id: ObjectId,
  userId: ObjectId.nullable().default(null),
  groupId: ObjectId.nullable().default(null),
});
export type ChangeOwner = z.infer<typeof ChangeOwner>;

export const UserId = z.object({ userId: ObjectId });
export type UserId = z.infer<typeof UserId>;

/** Let a user sign in, or no longer: what they own and what runs for them stays. */
export const EnableUser = z.object({ userId: ObjectId, enabled: z.boolean() });
export type EnableUser = z.infer<typeof EnableUser>;

/** `primary` makes the group the one that new objects of the user belong to. */
export const ChangeMembership = z.object({
  userId: ObjectId,
  groupId: ObjectId,
  change: z.enum(["add", "remove", "primary"]),
});
export type ChangeMembership = z.infer<typeof ChangeMembership>;

export const CreateGroup = z.object({ name: ObjectName });
export type CreateGroup = z.infer<typeof CreateGroup>;

export const GroupId = z.object({ groupId: ObjectId });
export type GroupId = z.infer<typeof GroupId>;

/** User 0 and the groups 0 and 1 always exist. */
export const ONEADMIN_USER = 0;
export const ONEADMIN_GROUP = 0;
export const USERS_GROUP = 1;

export interface UserRow {
  id: number;
  name: string;
  /** The primary group first. */
  groups: { id: number; name: string }[];
  isAdmin: boolean;
  enabled: boolean;
  /** Objects that the user owns: VMs, backups and images, datastores, templates, networks, jobs. */
  owned: number;
  /** Epoch ms. */
  createdAt: number;
}

export interface GroupRow {
  id: number;
  name: string;
  members: { id: number; name: string }[];
  /** Objects that belong to the group. */
  owned: number;
}

/** Who has which rights on one object. */
export interface AccessView {
  /** Of the object. */
  name: string;
  ownerId: number;
  ownerName: string;
  groupId: number;
  groupName: string;
  /** Nine bits, as in `ChangePermissions`. */
  permissions: number;
  /** What the one who asks may change. */
  may: { manage: boolean; admin: boolean };
  /** Null when it is not locked, or is of a kind that has no locks. */
  lock: LockView | null;
}

/** Who forbids what with an object. */
export interface LockView {
  /** 1 every use, 2 changes, 3 what needs the ADMIN right. */
  level: number;
  ownerName: string;
  /** Epoch ms. */
  at: number;
  /** Whether the one who asks may change or end it. */
  mayChange: boolean;
}

/** Users and groups by name, for the choice of an owner. */
export interface OwnerChoices {
  users: { id: number; name: string }[];
  groups: { id: number; name: string }[];
}
