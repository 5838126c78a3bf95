import { z } from "zod";
import { ObjectId, ObjectName } from "./ids";
import type { Template } from "./template";

export const DATASTORE_TYPES = { IMAGE: 0, SYSTEM: 1, FILE: 2, BACKUP: 3 } as const;
export type DatastoreType = keyof typeof DATASTORE_TYPES;

export type DatastoreHealth = "healthy" | "full-soon" | "unreachable" | "unknown";

export interface DatastoreRow {
  id: number;
  name: string;
  type: DatastoreType;
  driver: string;
  tmMad: string;
  ownerName: string;
  groupName: string;
  totalMb: number;
  usedMb: number;
  freeMb: number;
  /** Epoch ms of the last successful monitor; null: never. */
  monitoredAt: number | null;
  health: DatastoreHealth;
  /** Why the last monitor failed. */
  error: string | null;
  chainCount: number;
  pointCount: number;
  storedBytes: number;
  /** Where it stores: `localhost:/path` or `host:/path`. */
  location: string;
}

export interface DatastoreDetail extends DatastoreRow {
  basePath: string;
  /** Secrets are replaced by `***`. */
  attributes: Template;
  createdAt: number;
  may: { manage: boolean };
}

/** Host names, IPv4 and IPv6 that cannot be taken for an option. */
export const HostAddress = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$|^[0-9a-fA-F:]*:[0-9a-fA-F:.]+$/, "Not a host name or IP address");
export const UnixUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "Not a Unix user name");

/** Absolute, normalised, no `..`, no control characters. */
export const AbsolutePath = z
  .string()
  .max(1024)
  .regex(/^\/[^\u0000-\u001f\u007f]*$/, "Give an absolute path")
  .refine((path) => !path.split("/").includes(".."), "The path must not contain ..");

export const CreateRsyncDatastore = z.object({
  name: ObjectName,
  driver: z.literal("rsync").default("rsync"),
  host: HostAddress.default("localhost"),
  user: UnixUser.default("oneadmin"),
  /** ssh port of the backup server. */
  port: z.number().int().min(1).max(65_535).default(22),
  /** Root of the repository on the server; null: below the datastore location, as in the reference. */
  basePath: AbsolutePath.nullable().default(null),
  /** Cap: available = limit - used. */
  limitMb: z.number().int().min(1).nullable().default(null),
  rsyncArgs: z.string().max(300).nullable().default(null),
});
export type CreateRsyncDatastore = z.infer<typeof CreateRsyncDatastore>;

export const TEST_STAGES = ["connect", "path", "write", "read", "space"] as const;
export type TestStage = (typeof TEST_STAGES)[number];
export interface DatastoreTestResult {
  stages: { stage: TestStage; state: "ok" | "failed" | "skipped"; detail: string }[];
  isOk: boolean;
  totalMb: number | null;
  freeMb: number | null;
}

export const DatastoreRef = z.object({ datastoreId: ObjectId });
