/**
 * `npm run torture`: operations and faults at random, on powered-off VMs, until it is told to stop or something is lost.
 * After each round all invariants are asserted (invariants.ts), with every restore point read again and compared.
 *
 *   --minutes N    how long, default 10
 *   --rounds N     at most so many rounds
 *   Ctrl-C         ends it after the round, with the figures
 *   --seed N       the same choices again; what happens when is up to the machine
 *
 * Exit code 1 when a point is lost or an invariant does not hold.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ActionKind, ActionRow } from "../../domain/action";
import { AppError, reasonOf } from "../../domain/errors";
import { seeded, tool } from "../../drivers/testing/disks";
import { buildDrivers } from "../../setup/build-drivers.mjs";
import { migrate } from "../../setup/migrate.mjs";
import { startPostgres } from "../../setup/postgres.mjs";
import { FAULTS, type Machine } from "./chaos";
import { makeWorld, type World } from "./fault-world";
import { assertInvariants } from "./invariants";
import { lostPoints } from "./lost-points";
import { operationOf } from "./step-crash";

/** Two operations at a time, each with a VM of its own. A kind that is named twice comes twice as often. */
const ON_MAIN: readonly ActionKind[] = [
  ...(["backup", "backup", "backup", "increment-flatten", "increment-flatten"] as const),
  ...(["restore", "restore-in-place", "image-create", "verify", "instantiate", "vm-delete", "orphan-remove"] as const),
];
const ON_PLAIN: readonly ActionKind[] = [
  ...([
    "image-delete",
    "image-delete",
    "disk-attach",
    "disk-detach",
    "disk-resize",
    "vm-start",
    "vm-poweroff",
  ] as const),
  ...([
    "disk-snapshot-create",
    "disk-snapshot-revert",
    "disk-snapshot-delete",
    "snapshot-create",
    "snapshot-delete",
  ] as const),
];
/** Enough to hold what is kept; a disk that fills is one of the faults. */
const REPOSITORY_MIB = 384;
/** A chain this long is begun anew, so that a round stays short. */
const LONG_CHAIN = 12;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      rounds: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
    },
  });
  const [minutes, rounds, seed] = [values.minutes, values.rounds, values.seed].map(Number);
  if (
    minutes === undefined ||
    rounds === undefined ||
    seed === undefined ||
    ![minutes, rounds, seed].every(Number.isFinite)
  )
    throw new Error("--minutes, --rounds and --seed take numbers");
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const machine = await setUp(undo);
    return await torture(machine, { until: performance.now() + minutes * 60_000, rounds, seed });
  } finally {
    for (const each of undo.reverse()) await each().catch((error: Error) => say(`clean-up: ${error.message}`));
  }
}

async function setUp(undo: (() => Promise<unknown>)[]): Promise<Machine> {
  const dir = await mkdtemp(join(tmpdir(), "strata-torture-"));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  // Where the account of PostgreSQL reaches it.
  const databaseDir = await mkdtemp("/var/tmp/strata-torture-");
  undo.push(() => rm(databaseDir, { recursive: true, force: true }));
  let postgres = await startPostgres(databaseDir);
  undo.push(() => postgres.stop());
  const databaseUrl = postgres.url("torture");
  await migrate(databaseUrl);
  const { remotesDir } = await buildDrivers({ outDir: join(dir, "dist") });

  const small = join(dir, "small");
  await mkdir(small);
  const isMounted = await tool("mount", "-t", "tmpfs", "-o", `size=${REPOSITORY_MIB}m`, "tmpfs", small).then(
    () => true,
    () => false,
  );
  if (isMounted) undo.push(() => tool("umount", "-l", small));
  else say("A small file system cannot be mounted here: the repository is never full.");
  const world = await makeWorld({ databaseUrl, remotesDir, repositoryAt: join(small, "repository") });
  undo.push(() => world.close());
  return {
    world,
    filler: isMounted ? join(small, "filler") : null,
    async restartDatabase() {
      await postgres.stop();
      postgres = await startPostgres(databaseDir);
    },
  };
}

async function torture(machine: Machine, limits: { until: number; rounds: number; seed: number }): Promise<boolean> {
  const { world } = machine;
  const random = seeded(limits.seed);
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[Math.floor(random() * list.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  };
  const count = { rounds: 0, points: 0, compared: 0, lost: 0, refused: 0 };
  const outcomes = new Map<string, number>();
  const injected = new Map<string, number>();
  const started = performance.now();
  let failure: string | null = null;
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => (isInterrupted = true));
  say(`seed ${limits.seed}`);
  while (failure === null && !isInterrupted && count.rounds < limits.rounds && performance.now() < limits.until) {
    count.rounds += 1;
    const kinds = [pick(ON_MAIN), pick(ON_PLAIN)];
    const fault = pick(FAULTS);
    const line = `round ${count.rounds}: ${kinds.join(" and ")}, ${fault.name}`;
    const from = performance.now();
    try {
      const rows = await playRound(machine, kinds, async () => {
        if (await fault.strike(machine, random)) add(injected, fault.name);
      });
      for (const row of rows) add(outcomes, row === null ? "refused" : row.state);
      const checked = await assertInvariants(world.scene);
      count.points += checked.points;
      count.compared += checked.compared;
      const lost = await lostPoints(world);
      count.lost += lost.length;
      if (lost.length > 0) failure = `${line}\n  lost: ${lost.join("\n  lost: ")}`;
      say(
        `${line}: ${rows.map((row) => row?.state ?? "refused").join(", ")}; ${checked.points} points, ${seconds(from)} s`,
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      count.lost += (why.match(/^ *I1: /gm) ?? []).length;
      failure = `${line}\n${why}`;
    }
  }
  const faults = [...injected.values()].reduce((sum, each) => sum + each, 0);
  say(`
${seconds(started)} s, seed ${limits.seed}
rounds            ${count.rounds}
faults injected   ${faults}${listed(injected)}
operations        ${[...outcomes.values()].reduce((sum, each) => sum + each, 0)}${listed(outcomes)}
points checked    ${count.points} (${count.compared} compared with what the disk was)
points lost       ${count.lost}`);
  if (failure !== null) say(`\nFAILED in ${failure}`);
  return failure === null;
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 1000);
}

function add(to: Map<string, number>, name: string): void {
  to.set(name, (to.get(name) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>): string {
  return counts.size === 0 ? "" : ` (${[...counts].map(([name, times]) => `${name} ${times}`).join(", ")})`;
}

/** Two operations under one fault, to the end of all runs. Null: it was refused, which is an outcome as well. */
async function playRound(
  { world, filler }: Machine,
  kinds: readonly ActionKind[],
  strike: () => Promise<void>,
): Promise<(ActionRow | null)[]> {
  await world.startCore();
  await shortenChain(world);
  for (const kind of kinds) await operationOf(kind).prepare(world);
  await world.allEnded();
  const asked: Promise<number | null>[] = kinds.map((kind) => ask(world, kind).catch(unlessRefused));
  await Promise.all([strike(), ...asked]);
  // Time for the fault to do its work, then the machine is as it was.
  await world.settle();
  await world.faults.disarm();
  if (filler !== null) await rm(filler, { force: true });
  await world.startCore();
  const rows: (ActionRow | null)[] = [];
  for (const actionId of await Promise.all(asked)) rows.push(actionId === null ? null : await world.ended(actionId));
  await world.allEnded();
  for (const [index, row] of rows.entries()) {
    const operation = operationOf(kinds[index] ?? "backup");
    if (row?.state === "DONE") await operation.check?.(world, row);
    if (row !== null) await operation.tidy?.(world, row);
  }
  await world.allEnded();
  return rows;
}

async function ask(world: World, kind: ActionKind): Promise<number> {
  // The merge follows the backup by itself; to wait for it would be to wait for the core, which may be dead.
  return await (kind === "increment-flatten" ? world.askBackup(world.main) : operationOf(kind).request(world));
}

function unlessRefused(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
}

async function shortenChain(world: World): Promise<void> {
  const points = await world.db.increment.count({ where: { image: { vmId: world.main.vmId } } });
  if (points > LONG_CHAIN) await world.forgetOldest(world.main);
}

await main().then(
  (isWell) => {
    process.exitCode = isWell ? 0 : 1;
  },
  (error: unknown) => {
    say(`It could not go on: ${reasonOf(error)}\n${error instanceof Error ? error.stack : ""}`);
    process.exitCode = 1;
  },
);
