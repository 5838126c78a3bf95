import type { ActionState } from "./states";
import type { RateSample } from "./throughput";

export const ACTION_KINDS = [
  "backup",
  "restore",
  "restore-in-place",
  "image-create",
  "instantiate",
  "image-delete",
  "increment-flatten",
  "vm-delete",
  "vm-start",
  "vm-poweroff",
  "vm-reboot",
  "disk-attach",
  "disk-detach",
  "disk-resize",
  "disk-snapshot-create",
  "disk-snapshot-revert",
  "disk-snapshot-delete",
  "snapshot-create",
  "snapshot-revert",
  "snapshot-delete",
  "verify",
  "boot-check",
  "files-open",
  "orphan-remove",
  "catalogue-import",
  "demo-load",
  "demo-change",
] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Runs that read the stored files of their `imageId`: those files must not be changed or removed meanwhile. */
export const CHAIN_READER_KINDS: readonly ActionKind[] = [
  "restore",
  "restore-in-place",
  "image-create",
  "verify",
  "boot-check",
  "files-open",
];

/** Phases shown to people; "Backing up" alone is never shown. */
export const ACTION_PHASES = [
  "queued",
  "preparing",
  "copying",
  "uploading",
  "finishing",
  "safety",
  "restoring",
  "registering",
  "instantiating",
  "deleting",
  "flattening",
  "starting",
  "stopping",
  "verifying",
  "booting",
  "cleaning",
] as const;
export type ActionPhase = (typeof ACTION_PHASES)[number];

export interface PhaseRecord {
  phase: ActionPhase;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number | null;
}

/** Overwritten in place at most once a second; the truth about a running operation. */
export interface ActionProgress {
  phase: ActionPhase;
  phases: PhaseRecord[];
  /** Bytes done and to do in the present phase; total 0 means unknown. */
  done: number;
  total: number;
  /** Bytes per second over the last seconds, null when not moving bytes. */
  rate: number | null;
  disks: { diskId: number; done: number; total: number }[];
  /** How fast it was, from its start on; not part of what is sent live. */
  rates?: RateSample[];
}

export type LogLevel = "ERROR" | "WARN" | "INFO" | "DEBUG";
export interface ActionLogLine {
  id: number;
  /** Epoch ms. */
  at: number;
  level: LogLevel;
  text: string;
}

/** One of the attempts to do the same. */
export interface RunAttempt {
  actionId: number;
  state: ActionState;
  /** Epoch ms of its start, or of its being asked for. */
  at: number;
  endedAt: number | null;
  error: string | null;
  actorName: string;
}

export interface ActionRow {
  id: number;
  kind: ActionKind;
  state: ActionState;
  /** Cancel was asked for and has not taken effect yet. */
  isCancelling: boolean;
  vmId: number | null;
  vmName: string | null;
  imageId: number | null;
  datastoreId: number | null;
  datastoreName: string | null;
  actorName: string;
  /** Epoch ms. */
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  progress: ActionProgress;
  /** For a queued action: what it waits for. */
  waitReason: string | null;
  /** For a queued action: its place, from 1, among those that wait for the same; null for all others. */
  queue?: { place: number; of: number } | null;
  error: string | null;
  warnings: string[];
  /** Bytes stored or restored when done. */
  bytes: number | null;
  /** What was made, for links: any may be missing. */
  result: {
    imageId?: number;
    incrementId?: number;
    templateId?: number | null;
    imageIds?: number[];
    vmId?: number | null;
    /** In-place restore: the disks that were replaced, and the point that holds what they held before. */
    diskIds?: number[];
    undo?: { imageId: number; incrementId: number } | null;
    /** Restore of a disk that was to be attached: the run that did it, or why it could not be. */
    attach?: { actionId: number | null; vmId: number; error: string | null };
    /** The run that makes the safety point. */
    safetyActionId?: number | null;
    /** Why a full was taken although an increment was asked for. */
    chainReset?: string;
    /** Backup of a running VM: how long the guest stood still, ms. */
    frozenMs?: number;
  };
}
