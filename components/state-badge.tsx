import {
  Ban,
  Check,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CirclePlay,
  Circle as CircleShape,
  CircleSlash,
  ClockAlert,
  Copy,
  HardDrive,
  Hourglass,
  Link2,
  Link2Off,
  LoaderCircle,
  Lock,
  type LucideIcon,
  OctagonX,
  ShieldCheck,
  ShieldQuestion,
  Square,
  SquareSquare,
  Trash2,
  Unplug,
} from "lucide-react";
import type { ActionPhase, ActionRow } from "@/server/domain/action";
import type { IncrementType, Verification } from "@/server/domain/backup";
import type { CatalogueRow, CatalogueState } from "@/server/domain/backup-catalogue";
import type { DatastoreHealth } from "@/server/domain/datastore";
import type { HostHealth } from "@/server/domain/host";
import type { ActionState, ImageState, VmState } from "@/server/domain/states";
import type { Protection } from "@/server/domain/vm";
import { PHASE_WORDS } from "./lib/words";
import { Badge, type Tone } from "./ui/badge";

interface Look {
  word: string;
  icon: LucideIcon;
  tone: Tone;
}
const look = (word: string, icon: LucideIcon, tone: Tone): Look => ({ word, icon, tone });

const VM: Record<VmState, Look> = {
  INIT: look("Starting up", Hourglass, "running"),
  PENDING: look("Pending", Hourglass, "neutral"),
  HOLD: look("On hold", CirclePause, "neutral"),
  PROLOG: look("Preparing disks", LoaderCircle, "running"),
  BOOT: look("Booting", LoaderCircle, "running"),
  RUNNING: look("Running", CirclePlay, "success"),
  EPILOG: look("Cleaning up", LoaderCircle, "running"),
  SHUTDOWN: look("Shutting down", LoaderCircle, "running"),
  UNKNOWN: look("Unknown", CircleHelp, "warning"),
  HOTPLUG: look("Changing devices", LoaderCircle, "running"),
  HOTPLUG_SNAPSHOT: look("Snapshot", LoaderCircle, "running"),
  HOTPLUG_PROLOG_POWEROFF: look("Adding a disk", LoaderCircle, "running"),
  HOTPLUG_EPILOG_POWEROFF: look("Removing a disk", LoaderCircle, "running"),
  DISK_SNAPSHOT: look("Disk snapshot", LoaderCircle, "running"),
  DISK_SNAPSHOT_DELETE: look("Deleting snapshot", LoaderCircle, "running"),
  DISK_SNAPSHOT_POWEROFF: look("Disk snapshot", LoaderCircle, "running"),
  DISK_SNAPSHOT_REVERT_POWEROFF: look("Reverting disk", LoaderCircle, "running"),
  DISK_SNAPSHOT_DELETE_POWEROFF: look("Deleting snapshot", LoaderCircle, "running"),
  DISK_RESIZE_POWEROFF: look("Resizing disk", LoaderCircle, "running"),
  SHUTDOWN_POWEROFF: look("Powering off", LoaderCircle, "running"),
  PROLOG_FAILURE: look("Disks failed", OctagonX, "danger"),
  EPILOG_FAILURE: look("Clean-up failed", OctagonX, "danger"),
  BACKUP: look("Backup running", LoaderCircle, "running"),
  BACKUP_POWEROFF: look("Backup, powered off", LoaderCircle, "running"),
  RESTORE: look("Restoring", LoaderCircle, "running"),
  STOPPED: look("Stopped", Square, "neutral"),
  SUSPENDED: look("Suspended", CirclePause, "neutral"),
  DONE: look("Gone", Trash2, "neutral"),
  POWEROFF: look("Powered off", Square, "neutral"),
  UNDEPLOYED: look("Undeployed", Square, "neutral"),
};

const PROTECTION: Record<Protection, Look> = {
  protected: look("Protected", Check, "success"),
  late: look("Late", ClockAlert, "warning"),
  failing: look("Failing", OctagonX, "danger"),
  never: look("Never backed up", CircleDashed, "neutral"),
  running: look("Backup running", LoaderCircle, "running"),
  excluded: look("Left out", CircleSlash, "neutral"),
};

const ACTION: Record<ActionState, Look> = {
  PENDING: look("Queued", Hourglass, "running"),
  RUNNING: look("Running", LoaderCircle, "running"),
  DONE: look("Done", Check, "success"),
  FAILED: look("Failed", OctagonX, "danger"),
  CANCELLED: look("Cancelled", CircleSlash, "neutral"),
};

const IMAGE: Record<ImageState, Look> = {
  INIT: look("New", Hourglass, "running"),
  READY: look("Ready", Check, "success"),
  USED: look("In use", Lock, "info"),
  DISABLED: look("Disabled", Ban, "neutral"),
  LOCKED: look("Being written", LoaderCircle, "running"),
  ERROR: look("Error", OctagonX, "danger"),
  CLONE: look("Being copied", Copy, "running"),
  DELETE: look("Deleting", Trash2, "running"),
  USED_PERS: look("In use, persistent", Lock, "info"),
  LOCKED_USED: look("Locked, in use", Lock, "info"),
  LOCKED_USED_PERS: look("Locked, in use, persistent", Lock, "info"),
};

const HEALTH: Record<DatastoreHealth, Look> = {
  healthy: look("Healthy", Check, "success"),
  "full-soon": look("Full soon", ClockAlert, "warning"),
  unreachable: look("Unreachable", Unplug, "danger"),
  unknown: look("Not checked yet", CircleHelp, "neutral"),
};

const VERIFICATION: Record<Verification, Look> = {
  verified: look("Verified", ShieldCheck, "success"),
  checksummed: look("Checksummed", Check, "info"),
  unverified: look("Not verified", ShieldQuestion, "neutral"),
  failed: look("Check failed", OctagonX, "danger"),
};

const POINT: Record<IncrementType, Look> = {
  FULL: look("Full", Square, "neutral"),
  INCREMENT: look("Increment", CircleShape, "neutral"),
};

function StateBadge({ value }: { value: Look }) {
  return (
    <Badge tone={value.tone} icon={value.icon}>
      {value.word}
    </Badge>
  );
}

/** State of a VM. */
export function VmStateBadge({ state }: { state: VmState }) {
  return <StateBadge value={VM[state]} />;
}

/** How well a VM is protected. */
export function ProtectionBadge({ protection }: { protection: Protection }) {
  return <StateBadge value={PROTECTION[protection]} />;
}

/** State of a backup image or disk image. */
export function ImageStateBadge({ state }: { state: ImageState }) {
  return <StateBadge value={IMAGE[state]} />;
}

const HOST: Record<HostHealth, Look> = {
  ok: look("Answers", Check, "success"),
  unreachable: look("Unreachable", Unplug, "danger"),
  unknown: look("Not asked yet", CircleHelp, "neutral"),
};

/** Does a host's libvirt answer? */
export function HostHealthBadge({ health }: { health: HostHealth }) {
  return <StateBadge value={HOST[health]} />;
}

/** Health of a datastore. */
export function HealthBadge({ health }: { health: DatastoreHealth }) {
  return <StateBadge value={HEALTH[health]} />;
}

/** How far a restore point was checked. */
export function VerificationBadge({ verification }: { verification: Verification }) {
  return <StateBadge value={VERIFICATION[verification]} />;
}

/** Full (square) or increment (circle); `isMerged` is a full made of several points (double square). */
export function PointTypeBadge({ type, isMerged = false }: { type: IncrementType; isMerged?: boolean }) {
  return <StateBadge value={isMerged ? look("Merged", SquareSquare, "neutral") : POINT[type]} />;
}

/** Does the VM's next increment go here? A single full of FULL mode is neither open nor closed. */
export function ChainBadge({ isChain, isOpen }: { isChain: boolean; isOpen: boolean }) {
  if (!isChain) return <StateBadge value={look("Single full", HardDrive, "neutral")} />;
  return <StateBadge value={isOpen ? look("Open chain", Link2, "info") : look("Closed chain", Link2Off, "neutral")} />;
}

const CATALOGUE: Record<CatalogueState, Look> = {
  broken: look("Broken", OctagonX, "danger"),
  deleting: look("Deleting", Trash2, "running"),
  flattening: look("Flattening", LoaderCircle, "running"),
  locked: look("Locked", Lock, "info"),
  orphan: look("Orphan", Unplug, "neutral"),
  open: look("Open", Link2, "info"),
  closed: look("Closed", Link2Off, "neutral"),
};

/** State of a backup in the catalogue; a single full has no chain that could be open or closed. */
export function CatalogueStateBadge({ row }: { row: Pick<CatalogueRow, "state" | "isChain"> }) {
  if (row.state === "closed" && !row.isChain) return <StateBadge value={look("Single full", HardDrive, "neutral")} />;
  return <StateBadge value={CATALOGUE[row.state]} />;
}

/** The word of `CatalogueStateBadge`, for filters. */
export function catalogueWord(state: CatalogueState): string {
  return CATALOGUE[state].word;
}

/** State of a run: the phase while it runs, "Cancelling" once cancel was asked for, warnings when it ended with some. */
export function ActionStateBadge({
  action,
}: {
  action: Pick<ActionRow, "state" | "isCancelling" | "progress" | "warnings">;
}) {
  return <StateBadge value={actionLook(action)} />;
}

/** The word of `ActionStateBadge`, for places without room for a badge. */
export function actionWord(action: Pick<ActionRow, "state" | "isCancelling" | "progress" | "warnings">): string {
  return actionLook(action).word;
}

/** State of a run when only the state is known (the strip of last runs). */
export function actionStateLook(state: ActionState): Look {
  return ACTION[state];
}

function actionLook(action: Pick<ActionRow, "state" | "isCancelling" | "progress" | "warnings">): Look {
  if (action.isCancelling) return look("Cancelling", Square, "running");
  if (action.state === "RUNNING") return { ...ACTION.RUNNING, word: phaseWord(action.progress.phase) };
  if (action.state === "DONE" && action.warnings.length > 0) return look("Done with warnings", ClockAlert, "warning");
  return ACTION[action.state];
}

function phaseWord(phase: ActionPhase): string {
  return phase === "queued" ? ACTION.RUNNING.word : PHASE_WORDS[phase];
}
