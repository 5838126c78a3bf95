import type { ActionKind } from "../../domain/action";
import type { World } from "./fault-world";
import { assertInvariants } from "./invariants";
import { OPERATIONS, type Operation } from "./operations";

/** Kinds of operations that can be carried out here. */
export const KINDS = Object.entries(OPERATIONS).flatMap(([kind, how]) =>
  typeof how === "string" ? [] : [kind as ActionKind],
);

export function operationOf(kind: ActionKind): Operation {
  const how = OPERATIONS[kind];
  if (typeof how === "string") throw new Error(`${kind} is not tried: ${how}`);
  return how;
}

/** What one operation consists of, learned by carrying it out once. */
export interface Anatomy {
  /**
   * `<kind> <step> after`, in order: the work of the step is done, and nothing of it is kept. Before the first as well; to
   * stand before a later one is to stand after the one before it, with its result kept, which repeats less.
   */
  moments: string[];
  /** Drivers it calls, in order. */
  drivers: string[];
}

/** Carry an operation out without a fault; throws when that is not possible. */
export async function dissect(world: World, kind: ActionKind): Promise<Anatomy> {
  const operation = operationOf(kind);
  await world.startCore();
  await operation.prepare(world);
  await world.allEnded();
  await world.faults.forget();
  const row = await world.done(await operation.request(world));
  await world.allEnded();
  const moments = (await world.faults.steps()).filter((moment) => moment.startsWith(`${kind} `));
  const drivers = (await world.faults.calls()).filter((driver) => operation.drivers?.includes(driver) ?? true);
  await operation.check?.(world, row);
  await operation.tidy?.(world, row);
  await world.allEnded();
  await assertInvariants(world.scene);
  const telling = moments.filter((moment, index) => index === 0 || moment.endsWith(" after"));
  return { moments: [...new Set(telling)], drivers: [...new Set(drivers)] };
}

/** kill -9 of the core at a moment: the next core ends the run as if nothing had been. */
export async function crashCore(world: World, kind: ActionKind, moment: string): Promise<void> {
  const operation = operationOf(kind);
  await world.startCore();
  await operation.prepare(world);
  await world.allEnded();
  await world.faults.killCoreAt(moment);
  const actionId = await operation.request(world);
  await world.died();
  await world.startCore();
  const row = await world.done(actionId);
  await world.allEnded();
  await operation.check?.(world, row);
  await assertInvariants(world.scene);
  await operation.tidy?.(world, row);
}

/** kill -9 of a driver: the run ends, well or not, nothing is left behind, and the same can be done again. */
export async function crashDriver(
  world: World,
  kind: ActionKind,
  driver: string,
  death: "before" | "after",
): Promise<string> {
  const operation = operationOf(kind);
  await world.startCore();
  await operation.prepare(world);
  await world.allEnded();
  await world.faults.killDriver(driver, death);
  const row = await world.ended(await operation.request(world));
  await world.allEnded();
  if (await world.faults.disarm()) throw new Error(`${driver} was not called`);
  await assertInvariants(world.scene);
  if (row.state === "DONE") await operation.check?.(world, row);
  else {
    if (operation.again === undefined) await operation.prepare(world);
    const again = await world.done(await (operation.again?.(world, row) ?? operation.request(world)));
    await world.allEnded();
    await operation.check?.(world, again);
    await assertInvariants(world.scene);
    await operation.tidy?.(world, again);
  }
  await operation.tidy?.(world, row);
  return row.state;
}
