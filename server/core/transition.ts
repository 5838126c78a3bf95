import type { Prisma } from "../db/client";
import type { Tx } from "../db/tx";
import { appError } from "../domain/errors";
import {
  ACTION_TRANSITIONS,
  type ActionEvent,
  type ActionState,
  IMAGE_TRANSITIONS,
  type ImageEvent,
  type ImageState,
  isFinal,
  nextState,
  VM_TRANSITIONS,
  type VmEvent,
  type VmState,
} from "../domain/states";
import { appendEvent } from "./event/append";
import { settleMember } from "./job/settle";
import { notifyRun } from "./notification/notify";

/**
 * The only writers of a state: compare-and-set by the table of `domain/states.ts`, with the event row, inside the
 * caller's transaction. A lost race reads like a refused transition, because that is what it is.
 */

export async function transitionVm(
  tx: Tx,
  vm: { id: number; state: string },
  event: VmEvent,
  also: Prisma.VmUpdateManyMutationInput = {},
): Promise<VmState> {
  const to = nextState(VM_TRANSITIONS, vm.state as VmState, event);
  const refused = () => appError("VM_WRONG_STATE", { vmId: vm.id, state: vm.state, event });
  if (to === null) throw refused();
  const { count } = await tx.vm.updateMany({
    where: { id: vm.id, state: vm.state },
    data: { ...also, state: to, prevState: vm.state },
  });
  if (count !== 1) throw refused();
  await appendEvent(tx, { topic: "vm", objectId: vm.id, type: "state", data: { from: vm.state, to } });
  return to;
}

export async function transitionImage(
  tx: Tx,
  image: { id: number; state: string },
  event: ImageEvent,
  also: Prisma.ImageUpdateManyMutationInput = {},
): Promise<ImageState> {
  const to = nextState(IMAGE_TRANSITIONS, image.state as ImageState, event);
  const refused = () => appError("IMAGE_WRONG_STATE", { imageId: image.id, state: image.state, event });
  if (to === null) throw refused();
  const { count } = await tx.image.updateMany({
    where: { id: image.id, state: image.state },
    data: { ...also, state: to, prevState: image.state, modifiedAt: new Date() },
  });
  if (count !== 1) throw refused();
  await appendEvent(tx, { topic: "image", objectId: image.id, type: "state", data: { from: image.state, to } });
  return to;
}

export async function transitionAction(
  tx: Tx,
  action: { id: number; state: string },
  event: ActionEvent,
  also: Prisma.ActionUpdateManyMutationInput = {},
): Promise<ActionState> {
  const to = nextState(ACTION_TRANSITIONS, action.state as ActionState, event);
  const refused = () => appError("ACTION_WRONG_STATE", { actionId: action.id, state: action.state, event });
  if (to === null) throw refused();
  const { count } = await tx.action.updateMany({
    where: { id: action.id, state: action.state },
    data: { ...also, state: to },
  });
  if (count !== 1) throw refused();
  await appendEvent(tx, { topic: "action", objectId: action.id, type: "state", data: { from: action.state, to } });
  if (isFinal(to)) {
    await settleMember(tx, action.id);
    await notifyRun(tx, action.id);
  }
  return to;
}
