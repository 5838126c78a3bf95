import { rm } from "node:fs/promises";
import { tool } from "../../drivers/testing/disks";
import { cancelAction } from "../action/cancel";
import type { World } from "./fault-world";

/** What a random fault may strike. */
export interface Machine {
  world: World;
  /** A file on the file system of the repository that may grow until it is full; null: there is none of its own. */
  filler: string | null;
  restartDatabase(): Promise<void>;
}

export interface Fault {
  name: string;
  /** Strikes while operations begin or run. False: it could not happen. */
  strike(machine: Machine, random: () => number): Promise<boolean>;
}

/** Operations of these tests take about so long. */
const SOON_MS = 1_200;

const someTime = async ({ world }: Machine, random: () => number): Promise<void> =>
  await world.ctx.core.clock.sleep(Math.round(random() * SOON_MS));

/** One of them a round. */
export const FAULTS: readonly Fault[] = [
  { name: "no fault", strike: async () => false },
  {
    name: "core killed at some time",
    async strike(machine, random) {
      await someTime(machine, random);
      await machine.world.killCore();
      return true;
    },
  },
  {
    name: "core killed at a step",
    async strike({ world }) {
      await world.faults.killCoreAt("any");
      return true;
    },
  },
  {
    name: "core killed twice",
    async strike(machine, random) {
      await someTime(machine, random);
      await machine.world.killCore();
      await machine.world.startCore();
      await someTime(machine, random);
      await machine.world.killCore();
      return true;
    },
  },
  {
    name: "driver killed before its work",
    async strike({ world }) {
      await world.faults.killDriver("any", "before");
      return true;
    },
  },
  {
    name: "driver killed in its work",
    async strike({ world }, random) {
      await world.faults.killDriver("any", { afterSeconds: 0.1 + Math.round(random() * 10) / 20 });
      return true;
    },
  },
  {
    name: "driver killed after its work",
    async strike({ world }) {
      await world.faults.killDriver("any", "after");
      return true;
    },
  },
  {
    name: "repository full",
    async strike(machine, random) {
      const { filler } = machine;
      if (filler === null) return false;
      await someTime(machine, random);
      await tool("bash", "-c", 'cat /dev/zero > "$1" 2>/dev/null || true', "fill", filler);
      await machine.world.settle();
      await rm(filler);
      return true;
    },
  },
  {
    name: "PostgreSQL restarted",
    async strike(machine, random) {
      await someTime(machine, random);
      await machine.restartDatabase();
      return true;
    },
  },
  {
    name: "cancelled",
    async strike(machine, random) {
      await someTime(machine, random);
      const { db, ctx } = machine.world;
      const found = await db.action.findFirst({
        where: { state: { in: ["PENDING", "RUNNING"] } },
        orderBy: { id: "desc" },
        select: { id: true },
      });
      if (found === null) return false;
      return await cancelAction(ctx, found.id).then(
        () => true,
        () => false, // it has just ended
      );
    },
  },
];
