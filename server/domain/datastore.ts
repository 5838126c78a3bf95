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

/** A number with bounds, or null for "not set". */
const limit = (least: number, most: number) => z.number().int().min(least).max(most).nullable().default(null);

export const RESTIC_COMPRESSIONS = ["auto", "off", "max"] as const;

/** A backup datastore of driver `restic`; attribute names and defaults of drivers-and-core §1.2. */
export const CreateResticDatastore = z.object({
  name: ObjectName,
  driver: z.literal("restic").default("restic"),
  /** RESTIC_SFTP_SERVER; `localhost` is a folder of this machine. */
  host: HostAddress.default("localhost"),
  user: UnixUser.default("oneadmin"),
  port: z.number().int().min(1).max(65_535).default(22),
  basePath: AbsolutePath.nullable().default(null),
  /** Of every repository of the datastore. Without it nothing in them can be read. */
  password: z
    .string()
    .min(8, "Use at least 8 characters")
    .max(512)
    .regex(/^[^\u0000-\u001f\u007f]*$/, "The password must not contain control characters")
    .regex(/^\S(.*\S)?$/, "The password must not begin or end with a blank")
    .regex(/^(?!(["']).*\1$)/, "The password must not be in quotes"),
  limitMb: z.number().int().min(1).nullable().default(null),
  compression: z.enum(RESTIC_COMPRESSIONS).default("auto"),
  connections: limit(1, 100),
  /** KiB a second, both ways. */
  bandwidth: limit(1, 1_000_000_000),
  processors: limit(1, 4096),
  tmpDir: AbsolutePath.nullable().default(null),
  pruneMaxUnused: z
    .string()
    .regex(/^(\d{1,15}[kKmMgGtT%]?|unlimited)$/, "A size such as 500M, a share such as 5%, or unlimited")
    .nullable()
    .default(null),
  pruneMaxRepack: z
    .string()
    .regex(/^\d{1,15}[kKmMgGtT]?$/, "A size such as 10G")
    .nullable()
    .default(null),
  nice: limit(0, 19),
  ionice: limit(0, 7),
  maxReadIops: limit(1, 1_000_000_000),
  maxWriteIops: limit(1, 1_000_000_000),
  /** Percent of one processor. */
  cpuQuota: limit(1, 100_000),
  memoryMaxMb: limit(16, 1_000_000_000),
});
export type CreateResticDatastore = z.infer<typeof CreateResticDatastore>;

/** What a connection test goes through, by driver, in the order shown. */
export const TEST_STAGES_OF = {
  rsync: ["connect", "path", "write", "read", "space"],
  restic: ["connect", "path", "write", "read", "restic", "repository", "space"],
  ceph: ["connect", "pool", "write", "read", "space"],
} as const;
export type TestedDriver = keyof typeof TEST_STAGES_OF;
export type BackupDriver = Exclude<TestedDriver, "ceph">;
export type TestStage = (typeof TEST_STAGES_OF)[TestedDriver][number];
export interface DatastoreTestResult {
  stages: { stage: TestStage; state: "ok" | "failed" | "skipped"; detail: string }[];
  isOk: boolean;
  totalMb: number | null;
  freeMb: number | null;
}

export const DatastoreRef = z.object({ datastoreId: ObjectId });
