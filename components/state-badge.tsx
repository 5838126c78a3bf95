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
import type { StoreState } from "@/server/domain/datastore-facts";
import type { HostHealth } from "@/server/domain/host";
import type { ActionState, ImageState, VmState } from "@/server/domain/states";
import type { Protection } from "@/server/domain/vm";
import { t } from "./i18n/t";
import { PHASE_WORDS } from "./lib/words";
import { Badge, type Tone } from "./ui/badge";

interface Look {
  word: string;
  icon: LucideIcon;
  tone: Tone;
}
const look = (word: () => string, icon: LucideIcon, tone: Tone): Look => ({
  get word() {
    return word();
  },
  icon,
  tone,
});

const VM: Record<VmState, Look> = {
  INIT: look(() => t("Starting up"), Hourglass, "running"),
  PENDING: look(() => t("Pending"), Hourglass, "neutral"),
  HOLD: look(() => t("On hold"), CirclePause, "neutral"),
  PROLOG: look(() => t("Preparing disks"), LoaderCircle, "running"),
  BOOT: look(() => t("Booting"), LoaderCircle, "running"),
  RUNNING: look(() => t("Running"), CirclePlay, "success"),
  EPILOG: look(() => t("Cleaning up"), LoaderCircle, "running"),
  SHUTDOWN: look(() => t("Shutting down"), LoaderCircle, "running"),
  UNKNOWN: look(() => t("Unknown"), CircleHelp, "warning"),
  HOTPLUG: look(() => t("Changing devices"), LoaderCircle, "running"),
  HOTPLUG_SNAPSHOT: look(() => t("Snapshot"), LoaderCircle, "running"),
  HOTPLUG_PROLOG_POWEROFF: look(() => t("Adding a disk"), LoaderCircle, "running"),
  HOTPLUG_EPILOG_POWEROFF: look(() => t("Removing a disk"), LoaderCircle, "running"),
  DISK_SNAPSHOT: look(() => t("Disk snapshot"), LoaderCircle, "running"),
  DISK_SNAPSHOT_DELETE: look(() => t("Deleting snapshot"), LoaderCircle, "running"),
  DISK_SNAPSHOT_POWEROFF: look(() => t("Disk snapshot"), LoaderCircle, "running"),
  DISK_SNAPSHOT_REVERT_POWEROFF: look(() => t("Reverting disk"), LoaderCircle, "running"),
  DISK_SNAPSHOT_DELETE_POWEROFF: look(() => t("Deleting snapshot"), LoaderCircle, "running"),
  DISK_RESIZE_POWEROFF: look(() => t("Resizing disk"), LoaderCircle, "running"),
  SHUTDOWN_POWEROFF: look(() => t("Powering off"), LoaderCircle, "running"),
  PROLOG_FAILURE: look(() => t("Disks failed"), OctagonX, "danger"),
  EPILOG_FAILURE: look(() => t("Clean-up failed"), OctagonX, "danger"),
  BACKUP: look(() => t("Backup running"), LoaderCircle, "running"),
  BACKUP_POWEROFF: look(() => t("Backup, powered off"), LoaderCircle, "running"),
  RESTORE: look(() => t("Restoring"), LoaderCircle, "running"),
  STOPPED: look(() => t("Stopped"), Square, "neutral"),
  SUSPENDED: look(() => t("Suspended"), CirclePause, "neutral"),
  DONE: look(() => t("Gone"), Trash2, "neutral"),
  POWEROFF: look(() => t("Powered off"), Square, "neutral"),
  UNDEPLOYED: look(() => t("Undeployed"), Square, "neutral"),
};

const PROTECTION: Record<Protection, Look> = {
  protected: look(() => t("Protected"), Check, "success"),
  late: look(() => t("Late"), ClockAlert, "warning"),
  failing: look(() => t("Failing"), OctagonX, "danger"),
  never: look(() => t("Never backed up"), CircleDashed, "neutral"),
  running: look(() => t("Backup running"), LoaderCircle, "running"),
  excluded: look(() => t("Left out"), CircleSlash, "neutral"),
};

const ACTION: Record<ActionState, Look> = {
  PENDING: look(() => t("Queued"), Hourglass, "running"),
  RUNNING: look(() => t("Running"), LoaderCircle, "running"),
  DONE: look(() => t("Done"), Check, "success"),
  FAILED: look(() => t("Failed"), OctagonX, "danger"),
  CANCELLED: look(() => t("Cancelled"), CircleSlash, "neutral"),
};

const IMAGE: Record<ImageState, Look> = {
  INIT: look(() => t("New"), Hourglass, "running"),
  READY: look(() => t("Ready"), Check, "success"),
  USED: look(() => t("In use"), Lock, "info"),
  DISABLED: look(() => t("Disabled"), Ban, "neutral"),
  LOCKED: look(() => t("Being written"), LoaderCircle, "running"),
  ERROR: look(() => t("Error"), OctagonX, "danger"),
  CLONE: look(() => t("Being copied"), Copy, "running"),
  DELETE: look(() => t("Deleting"), Trash2, "running"),
  USED_PERS: look(() => t("In use, persistent"), Lock, "info"),
  LOCKED_USED: look(() => t("Locked, in use"), Lock, "info"),
  LOCKED_USED_PERS: look(() => t("Locked, in use, persistent"), Lock, "info"),
};

const HEALTH: Record<StoreState, Look> = {
  healthy: look(() => t("Healthy"), Check, "success"),
  "full-soon": look(() => t("Full soon"), ClockAlert, "warning"),
  slow: look(() => t("Slow"), ClockAlert, "warning"),
  locked: look(() => t("Locked"), Lock, "danger"),
  "read-only": look(() => t("Read-only"), Ban, "danger"),
  unreachable: look(() => t("Unreachable"), Unplug, "danger"),
  unknown: look(() => t("Not checked yet"), CircleHelp, "neutral"),
};

const VERIFICATION: Record<Verification, Look> = {
  verified: look(() => t("Verified"), ShieldCheck, "success"),
  checksummed: look(() => t("Checksummed"), Check, "info"),
  unverified: look(() => t("Not verified"), ShieldQuestion, "neutral"),
  failed: look(() => t("Check failed"), OctagonX, "danger"),
};

const POINT: Record<IncrementType, Look> = {
  FULL: look(() => t("Full"), Square, "neutral"),
  INCREMENT: look(() => t("Increment"), CircleShape, "neutral"),
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
  ok: look(() => t("Answers"), Check, "success"),
  unreachable: look(() => t("Unreachable"), Unplug, "danger"),
  unknown: look(() => t("Not asked yet"), CircleHelp, "neutral"),
};

/** Does a host's libvirt answer? */
export function HostHealthBadge({ health }: { health: HostHealth }) {
  return <StateBadge value={HOST[health]} />;
}

/** Health of a datastore. */
export function HealthBadge({ health }: { health: StoreState }) {
  return <StateBadge value={HEALTH[health]} />;
}

/** How far a restore point was checked. */
export function VerificationBadge({ verification }: { verification: Verification }) {
  return <StateBadge value={VERIFICATION[verification]} />;
}

/** Full (square) or increment (circle); `isMerged` is a full made of several points (double square). */
export function PointTypeBadge({ type, isMerged = false }: { type: IncrementType; isMerged?: boolean }) {
  return <StateBadge value={isMerged ? look(() => t("Merged"), SquareSquare, "neutral") : POINT[type]} />;
}

/** Does the VM's next increment go here? A single full of FULL mode is neither open nor closed. */
export function ChainBadge({ isChain, isOpen }: { isChain: boolean; isOpen: boolean }) {
  if (!isChain) return <StateBadge value={look(() => t("Single full"), HardDrive, "neutral")} />;
  return (
    <StateBadge
      value={isOpen ? look(() => t("Open chain"), Link2, "info") : look(() => t("Closed chain"), Link2Off, "neutral")}
    />
  );
}

const CATALOGUE: Record<CatalogueState, Look> = {
  broken: look(() => t("Broken"), OctagonX, "danger"),
  deleting: look(() => t("Deleting"), Trash2, "running"),
  flattening: look(() => t("Flattening"), LoaderCircle, "running"),
  locked: look(() => t("Locked"), Lock, "info"),
  orphan: look(() => t("Orphan"), Unplug, "neutral"),
  open: look(() => t("Open"), Link2, "info"),
  closed: look(() => t("Closed"), Link2Off, "neutral"),
};

/** State of a backup in the catalogue; a single full has no chain that could be open or closed. */
export function CatalogueStateBadge({ row }: { row: Pick<CatalogueRow, "state" | "isChain"> }) {
  if (row.state === "closed" && !row.isChain)
    return <StateBadge value={look(() => t("Single full"), HardDrive, "neutral")} />;
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
  if (action.isCancelling) return look(() => t("Cancelling"), Square, "running");
  if (action.state === "RUNNING") return { ...ACTION.RUNNING, word: phaseWord(action.progress.phase) };
  if (action.state === "DONE" && action.warnings.length > 0)
    return look(() => t("Done with warnings"), ClockAlert, "warning");
  return ACTION[action.state];
}

function phaseWord(phase: ActionPhase): string {
  return phase === "queued" ? ACTION.RUNNING.word : PHASE_WORDS[phase];
}
