/**
 * The restore wizard as data. All of it lives in the URL, so that a link prefills it, a reload keeps it and it can be
 * handed over. What the URL leaves open is filled in here from what the server offers, and always shown: the request
 * that is sent holds the very increment on screen.
 */

import { t } from "@/components/i18n/t";
import { ObjectName } from "@/server/domain/ids";
import { InPlaceRequest } from "@/server/domain/in-place";
import { NetworkChoice, RestoreRequest } from "@/server/domain/restore";
import type { PointChoice } from "./point-choice";

export const WIZARD_STEPS = ["what", "when", "disks", "where", "review"] as const;
export type WizardStep = (typeof WIZARD_STEPS)[number];

/** Files are not restored: the wizard leads to where they are browsed. */
export const RESTORE_SCOPES = ["vm", "disk", "files"] as const;
export type RestoreScope = (typeof RESTORE_SCOPES)[number];
/** What becomes of what is restored: new objects, the VM's own disks, or a disk more of some VM. */
export const RESTORE_WAYS = ["new", "in-place", "attach"] as const;
export type RestoreWay = (typeof RESTORE_WAYS)[number];
export const NETWORK_CHOICES = NetworkChoice.options;

/** What the user has said so far; null and empty mean "not said". */
export interface RestoreDraft {
  scope: RestoreScope;
  vm: number | null;
  image: number | null;
  inc: number | null;
  /** Scope "disk": the one disk. */
  disk: number | null;
  how: RestoreWay;
  /** In place: back up the present state first. */
  safety: boolean;
  /** In place without an open chain: where the safety point goes; null: beside the backup. */
  safetyds: number | null;
  /** The VM that gets a copy of the disk; null: the one it was taken from. */
  attach: number | null;
  ds: number | null;
  name: string;
  net: NetworkChoice;
  inst: boolean;
  vmName: string;
  host: number | null;
  sysds: number | null;
}

/** What the draft means with what the server offers. */
export interface WizardChoices {
  point: PointChoice;
  /** Image datastore that receives the disks; null: there is none to choose. */
  datastoreId: number | null;
  hostId: number | null;
  systemDatastoreId: number | null;
}

/** The steps that a scope needs. */
export function stepsOf(scope: RestoreScope): readonly WizardStep[] {
  return scope === "files" ? ["what", "when"] : WIZARD_STEPS;
}

/** The way that counts: a whole machine cannot be attached. */
export function wayOf({ scope, how }: Pick<RestoreDraft, "scope" | "how">): RestoreWay {
  if (scope === "files") return "new";
  return scope === "vm" && how === "attach" ? "new" : how;
}

/** What keeps the user on a step, as a sentence; null when the step is complete. */
export function problemOf(step: WizardStep, draft: RestoreDraft, choices: WizardChoices): string | null {
  switch (step) {
    case "what":
      return draft.vm === null ? t("Choose the machine to restore.") : null;
    case "when":
      return problemOfPoint(choices.point);
    case "disks":
      return problemOfDisks(draft, choices);
    case "where":
      return problemOfTarget(draft, choices);
    case "review":
      return null;
  }
}

function problemOfPoint(choice: PointChoice): string | null {
  if (choice.kind === "unusable") return choice.reason;
  return choice.kind === "none" ? t("This machine has no point that can be restored.") : null;
}

function problemOfDisks(draft: RestoreDraft, choices: WizardChoices): string | null {
  if (choices.datastoreId === null && wayOf(draft) !== "in-place")
    return t("Choose the image datastore that receives the disks.");
  if (draft.scope === "vm" || choices.point.kind !== "chosen") return null;
  if (draft.disk === null) return t("Choose the disk to restore.");
  return choices.point.point.diskIds.includes(draft.disk)
    ? null
    : t("Disk {disk} is not part of this point.", { disk: draft.disk });
}

function problemOfTarget(draft: RestoreDraft, choices: WizardChoices): string | null {
  const way = wayOf(draft);
  if (way === "in-place") return null;
  if (way === "attach" && draft.attach === null && draft.vm === null)
    return t("Choose the machine that gets the disk.");
  const problem = problemOfName(draft.name);
  if (problem !== null) return problem;
  if (draft.scope === "disk" || !draft.inst) return null;
  const vmProblem = problemOfName(draft.vmName);
  if (vmProblem !== null) return vmProblem;
  if (choices.hostId === null) return t("Choose the host of the new machine.");
  return choices.systemDatastoreId === null ? t("Choose the system datastore of the new machine.") : null;
}

/** Why a name would be refused; null for a good one and for none (the default name is used). */
export function problemOfName(name: string): string | null {
  if (name === "") return null;
  const parsed = ObjectName.safeParse(name);
  return parsed.success ? null : (parsed.error.issues[0]?.message ?? t("This name is not allowed."));
}

/** The furthest step the draft can stand on: never past the first incomplete one. */
export function reachableStep(wanted: WizardStep, draft: RestoreDraft, choices: WizardChoices): WizardStep {
  const steps = stepsOf(draft.scope);
  const last = steps.includes(wanted) ? steps.indexOf(wanted) : steps.length - 1;
  return steps.find((step, index) => index >= last || problemOf(step, draft, choices) !== null) ?? wanted;
}

/** Where a link without a step opens: after what it already answers. */
export function firstStep(draft: Pick<RestoreDraft, "vm" | "image" | "inc">): WizardStep {
  if (draft.image !== null && draft.inc !== null) return "disks";
  return draft.vm === null && draft.image === null ? "what" : "when";
}

/** The step after, or the same at the end. */
export function nextStep(step: WizardStep): WizardStep {
  return WIZARD_STEPS[WIZARD_STEPS.indexOf(step) + 1] ?? step;
}

/** The step before, or the same at the start. */
export function previousStep(step: WizardStep): WizardStep {
  return WIZARD_STEPS[WIZARD_STEPS.indexOf(step) - 1] ?? step;
}

/**
 * The request the draft stands for, its increment always named; null while a step is incomplete. Parsed by the same
 * schema as the API's, so that a request built here is not refused for its form.
 */
export function toRestoreRequest(draft: RestoreDraft, choices: WizardChoices): RestoreRequest | null {
  if (draft.scope === "files" || WIZARD_STEPS.some((step) => problemOf(step, draft, choices) !== null)) return null;
  const { point, datastoreId, hostId, systemDatastoreId } = choices;
  const way = wayOf(draft);
  if (point.kind !== "chosen" || datastoreId === null || way === "in-place") return null;
  const isInstantiated = draft.scope === "vm" && draft.inst;
  const parsed = RestoreRequest.safeParse({
    imageId: point.point.imageId,
    incrementId: point.point.incrementId,
    datastoreId,
    name: draft.name === "" ? null : draft.name,
    network: draft.scope === "disk" ? "keep" : draft.net,
    diskIds: draft.scope === "disk" && draft.disk !== null ? [draft.disk] : [],
    instantiate: isInstantiated ? { name: draft.vmName === "" ? null : draft.vmName, hostId, systemDatastoreId } : null,
    ...(way === "attach" ? { attach: { vmId: draft.attach ?? draft.vm } } : {}),
  });
  return parsed.success ? parsed.data : null;
}

/** The same for a restore onto the VM's own disks; null for any other way. */
export function toInPlaceRequest(draft: RestoreDraft, choices: WizardChoices): InPlaceRequest | null {
  if (draft.scope === "files" || wayOf(draft) !== "in-place") return null;
  if (WIZARD_STEPS.some((step) => problemOf(step, draft, choices) !== null)) return null;
  const { point } = choices;
  if (point.kind !== "chosen") return null;
  const parsed = InPlaceRequest.safeParse({
    vmId: draft.vm,
    imageId: point.point.imageId,
    incrementId: point.point.incrementId,
    diskId: draft.scope === "disk" ? draft.disk : null,
    safetyPoint: draft.safety,
    safetyDatastoreId: draft.safetyds,
  });
  return parsed.success ? parsed.data : null;
}

/** Link that opens the wizard with What and When answered. */
export function restoreHref(target: {
  vmId: number;
  imageId?: number;
  incrementId?: number;
  how?: RestoreWay;
}): string {
  const query = new URLSearchParams({ vm: String(target.vmId) });
  if (target.imageId !== undefined) query.set("image", String(target.imageId));
  if (target.incrementId !== undefined) query.set("inc", String(target.incrementId));
  if (target.how !== undefined) query.set("how", target.how);
  return `/restore/new?${query}`;
}
