import type { ActionRow } from "./action";
import type { Mute } from "./mute";

export type Verdict = "ok" | "attention" | "failing" | "empty";

export interface OverviewView {
  verdict: Verdict;
  vms: { total: number; protected: number; late: number; failing: number; never: number; excluded: number };
  /** Runs that ended in the last 24 h. */
  last24h: { done: number; failed: number; cancelled: number };
  points: number;
  storedBytes: number;
  checksummedPoints: number;
  newestPointAt: number | null;
  fullestDatastore: { id: number; name: string; usedMb: number; totalMb: number } | null;
  /** VMs whose newest point is damaged, or did not boot in its check: a restore of tonight would fail. */
  damaged: number;
  /** VMs that need someone, grouped by the reason, the most urgent first. */
  attention: {
    /** What is wrong; for `damaged` and `silent` what the check found. */
    cause: string;
    /** `damaged`: a check found a point damaged. `silent`: the last boot check saw no sign of life. */
    state: "failing" | "never" | "late" | "damaged" | "silent";
    /** For `damaged` and `silent`: the VM has no newer good point. */
    isUrgent: boolean;
    /** Of all its VMs; `vms` names the first. */
    count: number;
    /** `point`: what the check was made of, for its remedies; `isOpen`: the next increment goes into its chain. */
    vms: { id: number; name: string; point?: { imageId: number; incrementId: number; isOpen: boolean } }[];
    actionId: number | null;
    since: number | null;
    /** The reader has put it aside. */
    muted?: Mute | null;
  }[];
  running: ActionRow[];
  recent: ActionRow[];
  hasBackupDatastore: boolean;
  hasDemo: boolean;
}

export interface SystemView {
  version: string;
  nodeName: string;
  leader: { nodeName: string; isThisNode: boolean } | null;
  user: { id: number; name: string; isAdmin: boolean };
  /** IANA zone of the server. */
  zone: string;
}
