import { z } from "zod";
import { withTx } from "../../db/tx";
import { AppError, reasonOf } from "../../domain/errors";
import { nextState, VM_TRANSITIONS, type VmEvent, type VmState } from "../../domain/states";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { transitionVm } from "../transition";
import { attributesOf } from "./attributes";
import { HOST_STATES } from "./queries";

const PolledDomains = z.object({
  domains: z.array(z.object({ name: z.string(), state: z.enum(["running", "paused", "ioerror", "off"]) })),
});

/** States that the host may correct. While an operation runs, its own handler says what is true. */
const WATCHED: readonly VmState[] = ["RUNNING", "POWEROFF", "UNKNOWN"];

export interface PollResult {
  isOk: boolean;
}

/**
 * Ask a host for all its domains, in one call, and correct the states of its VMs.
 *
 * The states are read before the call: a VM that an operation moved meanwhile is left alone by the compare-and-set, because
 * the answer may be older than its new state.
 * @param isLost the host has not answered for a while: VMs that ran there become UNKNOWN when it does not answer now
 */
export async function pollHost(core: Core, hostId: number, signal: AbortSignal, isLost = false): Promise<PollResult> {
  const host = await core.db.host.findUnique({ where: { id: hostId } });
  if (host === null) return { isOk: true };
  const vms = await core.db.vm.findMany({
    where: { hostId, state: { in: [...WATCHED] } },
    select: { id: true, state: true, deployId: true },
  });
  const polled = await core.drivers
    .call({
      family: "vmm",
      driver: host.vmMad,
      action: "poll",
      argv: [host.name, attributesOf(host.template).libvirtUri ?? "-"],
      document: "",
      signal,
    })
    .then(({ stdout }) => ({ ok: true as const, domains: PolledDomains.parse(JSON.parse(stdout)).domains }))
    .catch((error: unknown) => ({ ok: false as const, reason: reasonOf(error) }));
  if (signal.aborted && !polled.ok) return { isOk: false };
  const error = polled.ok ? null : polled.reason;
  const isChanged = error !== host.error || (polled.ok && host.polledAt === null);
  await withTx(core.db, async (tx) => {
    await tx.host.updateMany({
      where: { id: hostId },
      data: {
        error,
        state: polled.ok ? HOST_STATES.MONITORED : HOST_STATES.ERROR,
        ...(polled.ok ? { polledAt: new Date(core.clock.now()) } : {}),
      },
    });
    if (isChanged) await appendEvent(tx, { topic: "host", objectId: hostId, type: "polled" });
  });
  const active = new Map(polled.ok ? polled.domains.map(({ name, state }) => [name, state !== "off"]) : []);
  for (const vm of vms) {
    const name = vm.deployId === "" ? `one-${vm.id}` : vm.deployId;
    const event: VmEvent | null = polled.ok
      ? active.get(name) === true
        ? "seen-running"
        : "seen-off"
      : isLost
        ? "lost"
        : null;
    if (event === null || nextState(VM_TRANSITIONS, vm.state as VmState, event) === null) continue;
    await correct(core, vm, event);
  }
  return { isOk: polled.ok };
}

async function correct(core: Core, vm: { id: number; state: string }, event: VmEvent): Promise<void> {
  try {
    await withTx(core.db, (tx) => transitionVm(tx, vm, event));
    core.log.info({ vmId: vm.id, from: vm.state, event }, "the state of a VM was corrected by its host");
  } catch (error) {
    // An operation has begun or ended meanwhile: the next poll looks again.
    if (!(error instanceof AppError && error.code === "VM_WRONG_STATE")) throw error;
  }
}
