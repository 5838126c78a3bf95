import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createDb, type PrismaClient } from "../../db/client";
import { SYSTEM_ACTOR } from "../../domain/actor";
import { chainName } from "../../drivers/testing/disks";
import { type Guest, startGuest } from "../../drivers/testing/guest";
import { makeGuestImage } from "../../drivers/testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../../drivers/testing/libvirtd";
import { readRecords } from "../../drivers/testing/records";
import { cancelAction } from "../action/cancel";
import type { Ctx } from "../context";
import { startChildCore } from "../testing/child-core";
import { type GatedRemotes, makeGatedRemotes } from "../testing/gated-remotes";
import { type Harness, startHarness } from "../testing/harness";
import { makeMachine, namesIn, type TestMachine } from "../testing/machine";
import { updateBackupConfig } from "../vm/commands";
import { requestBackup } from "./request";

const PREBACKUP = "tm/ssh/prebackup_live";
const UPLOAD = "datastore/rsync/backup";

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`live backups by the core${reason === null ? "" : ` (${reason})`}`, () => {
  let libvirtd: TestLibvirtd;
  let remotes: GatedRemotes;
  let harness: Harness;
  let machine: TestMachine;
  let guest: Guest;
  let db: PrismaClient;
  let points = 0;

  beforeAll(async () => {
    libvirtd = await startLibvirtd();
    remotes = await makeGatedRemotes(inject("remotesDir"), [PREBACKUP, UPLOAD]);
    harness = await startHarness({ remotesDir: remotes.dir });
    db = createDb(harness.databaseUrl);
    // The size that the guest's records need; their first mebibyte is free.
    machine = await makeMachine(harness, "live", { sizeMib: 32, dataMib: 1 });
    await db.host.update({ where: { id: 0 }, data: { template: { LIBVIRT_URI: [libvirtd.uri] } } });
    guest = await startGuest(libvirtd, {
      name: `one-${machine.vmId}`,
      image: await makeGuestImage(libvirtd.dir),
      disks: [join(machine.vmDir, "disk.0")],
      write: ["vda"],
    });
    await guest.writes(2);
    await db.vm.update({ where: { id: machine.vmId }, data: { state: "RUNNING" } });
    await updateBackupConfig(harness.ctx, {
      vmId: machine.vmId,
      config: { mode: "INCREMENT", fsFreeze: "SUSPEND" },
    });
  });
  afterAll(async () => {
    await db.$disconnect();
    await harness.close();
    await remotes.remove();
    await libvirtd.stop();
  });

  const asker = (): Ctx => ({ core: { ...harness.core, db }, actor: SYSTEM_ACTOR });
  const backUp = (ctx: Ctx) =>
    requestBackup(ctx, {
      vmId: machine.vmId,
      datastoreId: points === 0 ? machine.datastoreId : null,
      reset: false,
    });

  /** The guest runs and writes, nothing of a backup is on its host, and every point is one later instant. */
  async function expectSound(): Promise<void> {
    const vm = await db.vm.findUniqueOrThrow({ where: { id: machine.vmId } });
    expect(vm.state).toBe("RUNNING");
    expect((await libvirtd.virsh("domstate", guest.name)).trim()).toBe("running");
    expect((await libvirtd.tryVirsh("backup-dumpxml", guest.name)).ok).toBe(false);
    await guest.writes(1);
    expect(await readdir(machine.vmDir)).toEqual(["disk.0"]);
    const increments = await db.increment.findMany({
      where: { image: { vmId: machine.vmId } },
      orderBy: { id: "asc" },
      select: { id: true, source: true, frozenMs: true },
    });
    expect(increments.map(({ id }) => id)).toEqual(Array.from({ length: points }, (_, id) => id));
    const folder = join(machine.repository, String(machine.vmId));
    expect((await namesIn(folder)).filter((name) => !name.startsWith("."))).toHaveLength(points);
    let last = 0;
    for (const { id, frozenMs } of increments) {
      const files = increments.slice(0, id + 1).map((each) => join(folder, each.source, `disk.0.${each.id}`));
      const [record = 0] = await readRecords([chainName(files)], join(harness.dir, "raw"));
      expect(record).toBeGreaterThan(last);
      last = record;
      expect(frozenMs).toBeGreaterThan(0);
    }
  }

  it("a full and an increment while the guest runs; the time it stood still is kept", async () => {
    for (const _ of [0, 1]) {
      const { actionId } = await backUp(harness.ctx);
      const asked = await db.vm.findUniqueOrThrow({ where: { id: machine.vmId } });
      expect(asked.state).toBe("BACKUP");
      const row = await harness.finished(actionId);
      expect([row.state, row.error]).toEqual(["DONE", null]);
      expect(row.result.frozenMs).toBeGreaterThan(0);
      expect(await harness.logOf(actionId)).toContain(`The guest stood still for ${row.result.frozenMs} ms`);
      points += 1;
      await expectSound();
    }
  });

  it("is cancelled in the middle: the guest runs on, and nothing is left", async () => {
    await remotes.hold(PREBACKUP, { whenFile: ".disk.0.*", below: machine.vmDir });
    const { actionId } = await backUp(harness.ctx);
    await remotes.reached(PREBACKUP);
    await cancelAction(harness.ctx, actionId);
    const row = await harness.finished(actionId);
    await remotes.release(PREBACKUP);
    expect(row.state).toBe("CANCELLED");
    await expectSound();
  });

  const startChild = () => startChildCore(harness, { remotesDir: remotes.dir });

  it.each([
    ["in the middle of the pre-backup", PREBACKUP],
    ["before the upload, with the disks staged", UPLOAD],
  ])("killed with -9 %s: the next core carries it on", async (_name, action) => {
    await harness.stop();
    const child = await startChild();
    await remotes.hold(action, action === UPLOAD ? "before" : { whenFile: ".disk.0.*", below: machine.vmDir });
    const { actionId } = await backUp(asker());
    await remotes.reached(action);
    process.kill(child.pid ?? Number.NaN, "SIGKILL");
    expect((await child.done).signal).toBe("SIGKILL");
    await remotes.release(action);
    await harness.start();
    const row = await harness.finished(actionId);
    expect([row.state, row.error]).toEqual(["DONE", null]);
    expect(row.result.incrementId).toBe(points);
    points += 1;
    await expectSound();
  });
});
