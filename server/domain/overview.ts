import type { ActionRow } from "./action";

export type Verdict = "ok" | "attention" | "failing" | "empty";

export interface OverviewView {
  verdict: Verdict;
  vms: { total: number; protected: number; late: number; failing: number; never: number };
  /** Runs that ended in the last 24 h. */
  last24h: { done: number; failed: number; cancelled: number };
  points: number;
  storedBytes: number;
  checksummedPoints: number;
  newestPointAt: number | null;
  fullestDatastore: { id: number; name: string; usedMb: number; totalMb: number } | null;
  /** VMs that need someone, grouped by the reason. */
  attention: {
    cause: string;
    state: "failing" | "never" | "late";
    /** Of all its VMs; `vms` names the first. */
    count: number;
    vms: { id: number; name: string }[];
    actionId: number | null;
    since: number | null;
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
