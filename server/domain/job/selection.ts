import type { VmSelection } from "./job";

/** What a selection rule looks at. */
export interface SelectableVm {
  name: string;
  ownerId: number;
  groupId: number;
  hostId: number;
  labels: readonly string[];
}

/** A VM as the picker of a job shows it. */
export interface JobCandidate extends SelectableVm {
  id: number;
  hostName: string;
  ownerName: string;
  groupName: string;
  /** The job that it is in; null when it is free. */
  jobId: number | null;
  jobName: string | null;
  /** The right that the asking user lacks to put it into a job, null when they may. */
  missingRight: "USE" | "MANAGE" | "ADMIN" | null;
  /** Why increments are not possible, null when they are. */
  cannotIncrementReason: string | null;
}

/** Does a rule mean this VM? Every condition that is given must hold; an empty one holds for all. */
export function isSelected(vm: SelectableVm, rule: VmSelection): boolean {
  const isIn = (list: readonly number[], id: number) => list.length === 0 || list.includes(id);
  const hasLabel = rule.labels.length === 0 || rule.labels.some((label) => vm.labels.includes(label));
  const hasName = rule.namePattern === null || globPattern(rule.namePattern).test(vm.name);
  return (
    isIn(rule.ownerIds, vm.ownerId) &&
    isIn(rule.groupIds, vm.groupId) &&
    isIn(rule.hostIds, vm.hostId) &&
    hasLabel &&
    hasName
  );
}

/** The labels in a VM's LABELS attribute. */
export function labelsOf(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((label) => label.trim())
    .filter((label) => label !== "");
}

/** `*` any characters, `?` one; everything else is itself. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*+/g, ".*").replace(/\?/g, ".")}$`, "is");
}
