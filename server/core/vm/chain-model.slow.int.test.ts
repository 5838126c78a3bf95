/**
 * Whatever is done to a VM between two backups, in any order: the chain is open or closed as a plain model says, and the
 * next backup restores to exactly the disks as they are.
 */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { vectors } from "../../domain/template";
import { chainName, change, fileName, isSameContent, scatteredChanges, seeded } from "../../drivers/testing/disks";
import { requestBackup } from "../backup/request";
import type { Ctx } from "../context";
import { requestRestore } from "../restore/request";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { type Harness, startHarness } from "../testing/harness";
import { expectRestores, makeMachine, type TestMachine } from "../testing/machine";
import { requestDiskAttach } from "./attach";
import { updateBackupConfig } from "./commands";
import { requestDiskDetach } from "./detach";
import { requestDiskRevert, requestDiskSnapshot, requestDiskSnapshotDelete } from "./disk-snapshot";
import { requestDiskResize } from "./resize";
import { parseVm } from "./rows";

const MIB = 1024 * 1024;

/** What the reference says, in as few words as possible. */
interface Model {
  mode: "FULL" | "INCREMENT";
  isVolatile: boolean;
  /** Ids chosen, empty: all. */
  chosen: number[];
  /** Id → is it volatile? */
  disks: Map<number, boolean>;
  snapshots: { diskId: number; id: number }[];
  /** Points in the open chain; 0: closed. */
  points: number;
}

interface Driver {
  ctx: Ctx;
  vmId: number;
  datastoreId: number;
  /** Wait for a run, which must end well. */
  finish(request: Promise<{ actionId: number }>): Promise<void>;
}

const isIn = (model: Model, id: number) =>
  (model.chosen.length === 0 || model.chosen.includes(id)) && (model.isVolatile || model.disks.get(id) === false);

const pick = <T>(random: () => number, list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];

type Step = (model: Model, random: () => number, at: Driver) => Promise<string | null>;

async function configure(model: Model, at: Driver): Promise<void> {
  const config = { mode: model.mode, backupVolatile: model.isVolatile, diskIds: model.chosen };
  await updateBackupConfig(at.ctx, { vmId: at.vmId, config });
}

/** Each answers what it did, null when it is not possible now. */
const STEPS: Record<string, Step> = {
  async backup(model, _random, { ctx, vmId, datastoreId, finish }) {
    await finish(requestBackup(ctx, { vmId, datastoreId, reset: false }));
    model.points = model.mode === "INCREMENT" ? model.points + 1 : 0;
    return "back up";
  },
  async reset(model, _random, { ctx, vmId, datastoreId, finish }) {
    await finish(requestBackup(ctx, { vmId, datastoreId, reset: true }));
    model.points = model.mode === "INCREMENT" ? 1 : 0;
    return "back up, new chain";
  },
  async attach(model, _random, { ctx, vmId, finish }) {
    if (model.disks.size >= 4) return null;
    const source = { kind: "volatile", sizeMb: 8, format: "qcow2" } as const;
    await finish(requestDiskAttach(ctx, { vmId, source, target: null }));
    const vm = parseVm(await ctx.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
    const id = Math.max(...vectors(vm.template, "DISK").map((disk) => Number(disk["DISK_ID"])));
    expect(model.disks.has(id)).toBe(false);
    model.disks.set(id, true);
    if (isIn(model, id)) model.points = 0;
    return `attach ${id}`;
  },
  async detach(model, random, { ctx, vmId, finish }) {
    const free = [...model.disks.keys()].filter((id) => id !== 0 && !model.snapshots.some((s) => s.diskId === id));
    const id = pick(random, free);
    if (id === undefined) return null;
    await finish(requestDiskDetach(ctx, { vmId, diskId: id }));
    const wasIn = isIn(model, id);
    const widens = model.chosen.length === 1 && model.chosen[0] === id;
    if (wasIn || widens) model.points = 0;
    model.disks.delete(id);
    model.chosen = model.chosen.filter((each) => each !== id);
    return `detach ${id}`;
  },
  async resize(model, random, { ctx, vmId, finish }) {
    const id = pick(random, [...model.disks.keys()]);
    if (id === undefined || model.snapshots.some((snapshot) => snapshot.diskId === id)) return null;
    const vm = parseVm(await ctx.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
    const size = Number(vectors(vm.template, "DISK").find((disk) => disk["DISK_ID"] === String(id))?.["SIZE"]);
    await finish(requestDiskResize(ctx, { vmId, diskId: id, sizeMb: size + 4 }));
    if (isIn(model, id)) model.points = 0;
    return `resize ${id}`;
  },
  async mode(model, _random, at) {
    const next = model.mode === "FULL" ? "INCREMENT" : "FULL";
    if (next === "INCREMENT" && model.snapshots.some(({ diskId }) => model.isVolatile || !model.disks.get(diskId))) {
      await expect(configure({ ...model, mode: next }, at)).rejects.toThrow(/it has disks snapshots/);
      return "increments refused";
    }
    model.mode = next;
    model.points = 0;
    await configure(model, at);
    return next;
  },
  async volatile(model, _random, at) {
    const next: Model = { ...model, isVolatile: !model.isVolatile };
    next.chosen = next.chosen.filter((id) => next.isVolatile || !next.disks.get(id));
    if (next.isVolatile && next.mode === "INCREMENT" && next.snapshots.length > 0) return null;
    Object.assign(model, next, { points: 0 });
    await configure(model, at);
    return `volatile ${model.isVolatile}`;
  },
  async choose(model, random, at) {
    const possible = [...model.disks].filter(([, isVolatile]) => model.isVolatile || !isVolatile).map(([id]) => id);
    const chosen = random() < 0.3 ? [] : [0, ...possible.filter((id) => id !== 0 && random() < 0.5)];
    if (chosen.join() !== model.chosen.join()) model.points = 0;
    model.chosen = chosen;
    await configure(model, at);
    return `choose ${chosen.join() || "all"}`;
  },
  async snapshot(model, random, { ctx, vmId, finish }) {
    const id = pick(random, [...model.disks.keys()]);
    if (id === undefined) return null;
    if (model.mode === "INCREMENT") {
      await expect(requestDiskSnapshot(ctx, { vmId, diskId: id, name: "" })).rejects.toThrow(/not compatible/);
      return "snapshot refused";
    }
    await finish(requestDiskSnapshot(ctx, { vmId, diskId: id, name: "" }));
    const vm = parseVm(await ctx.core.db.vm.findUniqueOrThrow({ where: { id: vmId } }));
    const tree = vm.diskSnapshots.find((disk) => disk.diskId === id);
    model.snapshots.push({ diskId: id, id: tree?.currentBase ?? -1 });
    return `snapshot of ${id}`;
  },
  async revert(model, random, { ctx, vmId, finish }) {
    const snapshot = pick(random, model.snapshots);
    if (snapshot === undefined) return null;
    await finish(requestDiskRevert(ctx, { vmId, diskId: snapshot.diskId, snapshotId: snapshot.id }));
    model.points = 0;
    return `revert ${snapshot.diskId}`;
  },
  async forget(model, random, { ctx, vmId, finish }) {
    const snapshot = pick(random, model.snapshots);
    if (snapshot === undefined) return null;
    await finish(requestDiskSnapshotDelete(ctx, { vmId, diskId: snapshot.diskId, snapshotId: snapshot.id }));
    model.snapshots = model.snapshots.filter((each) => each !== snapshot);
    return `delete a snapshot of ${snapshot.diskId}`;
  },
};

const newModel = (): Model => ({
  mode: "INCREMENT",
  isVolatile: true,
  chosen: [],
  disks: new Map([[0, false]]),
  snapshots: [],
  points: 0,
});

async function expectAsModel(model: Model, at: Driver, history: readonly string[]): Promise<void> {
  const vm = parseVm(await at.ctx.core.db.vm.findUniqueOrThrow({ where: { id: at.vmId } }));
  const { backupConfig: config } = vm;
  const seen = {
    state: vm.state,
    mode: config.mode,
    points: config.lastIncrementId + 1,
    isOpen: config.incrementalBackupId !== -1,
    chosen: config.diskIds,
    disks: vectors(vm.template, "DISK").map((disk) => Number(disk["DISK_ID"])),
  };
  expect(seen, history.join("; ")).toEqual({
    state: "POWEROFF",
    mode: model.mode,
    points: model.points,
    isOpen: model.points > 0,
    chosen: model.chosen,
    disks: [...model.disks.keys()],
  });
}

let bare: BareCore | null = null;
afterEach(async () => {
  await bare?.close();
  bare = null;
});

/** What is worth more tries: what opens the way for the others. */
const OFTEN = ["attach", "attach", "detach", "detach", "forget"];

function nextStep(model: Model, random: () => number): string {
  if (model.mode === "FULL" && random() < 0.5) return model.snapshots.length > 0 ? "forget" : "mode";
  return pick(random, [...Object.keys(STEPS), ...OFTEN]) ?? "backup";
}

test("random steps leave the chain as the model has it, and each rule closed one", async () => {
  const core = await startBareCore();
  bare = core;
  const closedBy = new Set<string>();
  const datastoreId = await core.datastore("repository");
  for (const seed of [1, 2]) {
    const at: Driver = {
      ctx: core.ctx,
      vmId: await core.vm(`random-${seed}`),
      datastoreId,
      async finish(request) {
        expect(await core.run((await request).actionId)).toMatchObject({ state: "DONE" });
      },
    };
    const random = seeded(seed);
    const model = newModel();
    await configure(model, at);
    const history: string[] = [`seed ${seed}`];
    for (let count = 0; count < 70; count += 1) {
      // Every second step backs up, so that there is a chain to close.
      const name = count % 2 === 0 ? "backup" : nextStep(model, random);
      const before = model.points;
      const did = await STEPS[name]?.(model, random, at);
      if (did === null || did === undefined) continue;
      history.push(did);
      await expectAsModel(model, at, history);
      if (before > 0 && model.points === 0) closedBy.add(name);
    }
  }
  expect([...closedBy]).toEqual(expect.arrayContaining(["attach", "detach", "resize", "choose", "volatile", "mode"]));
});

let harness: Harness;
let machine: TestMachine;
beforeAll(async () => {
  harness = await startHarness();
  machine = await makeMachine(harness, "real", { sizeMib: 24, dataMib: 4 });
});
afterAll(() => harness.close());

test("after each kind of operation the next backup restores to exactly the disks", async () => {
  const at: Driver = {
    ctx: harness.ctx,
    vmId: machine.vmId,
    datastoreId: machine.datastoreId,
    async finish(request) {
      const row = await harness.finished((await request).actionId);
      expect(row.error).toBeNull();
    },
  };
  const random = seeded(11);
  const model = newModel();
  await configure(model, at);
  const history: string[] = [];
  const plan = (
    "backup backup attach backup backup resize backup detach backup backup choose backup reset backup mode snapshot " +
    "backup snapshot backup revert backup attach forget revert backup forget mode backup backup volatile backup volatile backup backup"
  ).split(" ");
  for (const name of plan) {
    for (const [id] of model.disks) await change(diskOf(id), ...scatteredChanges(random, 6 * MIB, 5));
    const did = await STEPS[name]?.(model, random, at);
    if (did === null || did === undefined) throw new Error(`${name} was not possible after ${history.join("; ")}`);
    history.push(did);
    await expectAsModel(model, at, history);
    if (name === "backup" || name === "reset") await expectStored(model, history);
  }
  await expectRestores(harness, (name) => requestRestoreNewest(name), diskOf(0), "restored");
});

const diskOf = (id: number) => (id === 0 ? machine.disk : join(machine.vmDir, `disk.${id}`));

/** The newest point, read from the repository alone, holds the disks of the backup as they are now. */
async function expectStored(model: Model, history: readonly string[]): Promise<void> {
  const image = await harness.ctx.core.db.image.findFirstOrThrow({
    where: { vmId: machine.vmId, type: "BACKUP" },
    orderBy: { id: "desc" },
    include: { increments: { orderBy: { id: "asc" } } },
  });
  const included = [...model.disks.keys()].filter((id) => isIn(model, id));
  expect(image.increments.at(-1)?.diskIds).toEqual(included);
  for (const id of included) {
    const files = image.increments.map((point) =>
      join(machine.repository, String(machine.vmId), point.source, `disk.${id}.${point.id}`),
    );
    expect(await isSameContent(chainName(files), fileName(diskOf(id))), `disk ${id}: ${history.join("; ")}`).toBe(true);
  }
}

async function requestRestoreNewest(name: string): Promise<{ actionId: number }> {
  const image = await harness.ctx.core.db.image.findFirstOrThrow({
    where: { vmId: machine.vmId, type: "BACKUP" },
    orderBy: { id: "desc" },
  });
  return await requestRestore(harness.ctx, {
    imageId: image.id,
    incrementId: null,
    datastoreId: 1,
    name,
    network: "keep",
    diskIds: [],
    instantiate: { name, hostId: 0, systemDatastoreId: 0 },
  });
}
