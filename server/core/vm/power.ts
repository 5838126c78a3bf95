import { z } from "zod";
import { toJson } from "../../db/json";
import { type Tx, withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { uuidOf } from "../../domain/libvirt/os-xml";
import { type Template, vectors, withValues } from "../../domain/template";
import { enqueue } from "../action/enqueue";
import type { Ctx } from "../context";
import { transitionVm } from "../transition";
import { newUuid } from "./identity";
import { readForOperation, requireState } from "./operation";
import type { ParsedVm } from "./rows";

/** Starting, stopping and restarting of guests: the requests. The work is in `power-run.ts`. */

export const PowerInput = z.object({
  vmId: z.number().int(),
  /** Cut the power instead of asking the guest. */
  isHard: z.boolean().default(false),
});
export type PowerInput = z.infer<typeof PowerInput>;

/** Start a powered-off VM (`resume` in the reference). Its identity is made with its first start and stays. */
export async function requestStart(ctx: Ctx, vmId: number): Promise<{ actionId: number }> {
  return await withTx(ctx.core.db, async (tx) => await admitStart(tx, ctx, vmId));
}

export async function admitStart(tx: Tx, ctx: Ctx, vmId: number): Promise<{ actionId: number }> {
  const vm = await readForOperation(tx, ctx, "resume", vmId);
  requireState(vm, "start", `Could not start VM ${vmId}`);
  const template = uuidOf(vm.template) === null ? withUuid(vm.template, newUuid()) : vm.template;
  await transitionVm(tx, vm, "start", { template: toJson(template), error: null });
  return await queue(tx, ctx, "vm-start", vm, { vmId, isHard: false });
}

/** Shut a running VM down by its power button, or cut the power. */
export async function requestPoweroff(ctx: Ctx, raw: PowerInput): Promise<{ actionId: number }> {
  const input = PowerInput.parse(raw);
  return await withTx(ctx.core.db, async (tx) => await admitPoweroff(tx, ctx, input));
}

export async function admitPoweroff(tx: Tx, ctx: Ctx, input: PowerInput): Promise<{ actionId: number }> {
  const vm = await readForOperation(tx, ctx, "poweroff", input.vmId);
  requireState(vm, "poweroff", `Could not power off VM ${vm.id}`);
  await transitionVm(tx, vm, "poweroff", { error: null });
  return await queue(tx, ctx, "vm-poweroff", vm, input);
}

/** Ask the guest of a running VM to restart. The VM stays RUNNING: it is the same QEMU. */
export async function requestReboot(ctx: Ctx, vmId: number): Promise<{ actionId: number }> {
  return await withTx(ctx.core.db, async (tx) => await admitReboot(tx, ctx, vmId));
}

export async function admitReboot(tx: Tx, ctx: Ctx, vmId: number): Promise<{ actionId: number }> {
  const vm = await readForOperation(tx, ctx, "reboot", vmId);
  if (vm.state !== "RUNNING") {
    throw appError("VM_OPERATION_STATE", { what: `Could not reboot VM ${vm.id}`, state: vm.state });
  }
  return await queue(tx, ctx, "vm-reboot", vm, { vmId, isHard: false });
}

async function queue(
  tx: Tx,
  ctx: Ctx,
  kind: "vm-start" | "vm-poweroff" | "vm-reboot",
  vm: ParsedVm,
  input: PowerInput,
): Promise<{ actionId: number }> {
  const { id: vmId, name: vmName, hostId } = vm;
  return { actionId: await enqueue(tx, { kind, actor: ctx.actor, input, vmId, vmName, hostId }) };
}

/** Give a VM back whose start or power-off will not happen: to the state before; the host says what is true. */
export async function releasePower(tx: Tx, vmId: number): Promise<void> {
  const vm = await tx.vm.findUnique({ where: { id: vmId }, select: { id: true, state: true } });
  if (vm?.state === "BOOT") await transitionVm(tx, vm, "start.failed");
  if (vm?.state === "SHUTDOWN_POWEROFF") await transitionVm(tx, vm, "poweroff.failed");
}

function withUuid(template: Template, uuid: string): Template {
  const os = vectors(template, "OS")[0] ?? {};
  return withValues(template, "OS", [{ ...os, UUID: uuid }]);
}
