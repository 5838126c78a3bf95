import { z } from "zod";
import type { Right } from "./permissions";
import { type Template, text } from "./template";

/**
 * What can be done with a VM, by OpenNebula's names (drivers-and-core §11). `backup` covers the cancel of one as well,
 * `disk-attach` also detaching, `disk-snapshot` and `snapshot` also reverting and deleting.
 */
export const VM_OPERATIONS = [
  "backup",
  "restore",
  "updateconf",
  "sched-action",
  "disk-attach",
  "disk-resize",
  "disk-snapshot",
  "snapshot",
  "deploy",
  "poweroff",
  "resume",
  "reboot",
  "terminate",
  "recover",
  "migrate",
  "resched",
  "rename",
  "update",
] as const;
export type VmOperation = (typeof VM_OPERATIONS)[number];

export const VmOperationName = z.enum(VM_OPERATIONS);

/** Which right each operation needs; an operation in no list needs the right of the next layer, at last ADMIN. */
export const VmOperationRights = z.object({
  admin: z.array(VmOperationName),
  manage: z.array(VmOperationName),
  use: z.array(VmOperationName),
});
export type VmOperationRights = z.infer<typeof VmOperationRights>;

/** VM_ADMIN_OPERATIONS, VM_MANAGE_OPERATIONS and VM_USE_OPERATIONS as the reference ships them. */
export const DEFAULT_VM_OPERATION_RIGHTS: VmOperationRights = {
  admin: ["migrate", "recover", "deploy", "resched", "backup", "restore"],
  manage: [
    "updateconf",
    "sched-action",
    "disk-attach",
    "disk-resize",
    "disk-snapshot",
    "snapshot",
    "poweroff",
    "resume",
    "reboot",
    "terminate",
    "rename",
    "update",
  ],
  use: [],
};

/**
 * The right that `operation` needs. `layers`: the user's own lists, then those of the group, then the system's; the
 * first that names the operation decides. In one layer that names it twice the weaker right counts, as in the reference,
 * which reads USE first.
 */
export function vmOperationRight(operation: VmOperation, layers: readonly Partial<VmOperationRights>[]): Right {
  for (const { use = [], manage = [], admin = [] } of layers) {
    if (use.includes(operation)) return "USE";
    if (manage.includes(operation)) return "MANAGE";
    if (admin.includes(operation)) return "ADMIN";
  }
  return "ADMIN";
}

/** VM_*_OPERATIONS of the template of a user or a group; names that we do not know are passed over. */
export function vmOperationsOf(template: Template): Partial<VmOperationRights> {
  const list = (name: string): VmOperation[] =>
    (text(template, name) ?? "").split(",").flatMap((word) => {
      const parsed = VmOperationName.safeParse(word.trim().toLowerCase());
      return parsed.success ? [parsed.data] : [];
    });
  return { use: list("VM_USE_OPERATIONS"), manage: list("VM_MANAGE_OPERATIONS"), admin: list("VM_ADMIN_OPERATIONS") };
}
