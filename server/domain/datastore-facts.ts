import type { CapacityTrend } from "./capacity-trend";
import type { DatastoreHealth } from "./datastore";

/** What is wrong with a datastore in one word, the worst first. */
export const STORE_STATES = ["unreachable", "read-only", "locked", "full-soon", "slow", "healthy", "unknown"] as const;
export type StoreState = (typeof STORE_STATES)[number];

/** Speed of the latest backups into a datastore, bytes a second while they were uploaded. */
export interface WriteSpeed {
  /** Median of all that were looked at. */
  typical: number;
  /** Median of the latest few. */
  latest: number;
  /** Backups that were looked at. */
  count: number;
}

/** What the operator wants to know of a backup datastore besides its size. */
export interface StoreFacts {
  id: number;
  state: StoreState;
  /** VMs with points here, those that are gone too. */
  vmCount: number;
  trend: CapacityTrend | null;
  /** Null: no backup was large enough to tell. */
  speed: WriteSpeed | null;
  /** Epoch ms of the last time that any stored file was read again; null: never. */
  verifiedAt: number | null;
  /** Points that a check found damaged. */
  damaged: number;
  isEncrypted: boolean;
  /** The newest backup into it, if it failed: what stopped it, which names the holder of a lock. */
  lastFailure: { actionId: number; error: string; at: number } | null;
}

/** From here on a datastore is full soon although it is not full yet. */
const SOON_DAYS = 14;
/** Fewer backups say nothing about a change of speed. */
const MIN_SPEEDS = 8;

const READ_ONLY = /read-only file system|\bEROFS\b/i;
const LOCKED = /repository is already locked|unable to create lock in backend/i;

/** The state of a datastore and nothing else: `health` is what the monitor found. */
export function storeState(
  health: DatastoreHealth,
  { trend, speed, lastFailure }: Pick<StoreFacts, "trend" | "speed" | "lastFailure">,
): StoreState {
  if (health === "unreachable") return "unreachable";
  if (lastFailure !== null && READ_ONLY.test(lastFailure.error)) return "read-only";
  if (lastFailure !== null && LOCKED.test(lastFailure.error)) return "locked";
  if (health === "full-soon" || (trend?.daysToFull ?? Number.POSITIVE_INFINITY) <= SOON_DAYS) return "full-soon";
  if (speed !== null && speed.count >= MIN_SPEEDS && speed.latest * 2 < speed.typical) return "slow";
  return health;
}
