/**
 * Every kind of disk into every kind of repository, FULL and INCREMENT, of a running VM and one that is off: each point
 * restores by its INCREMENT_ID to one instant, on both sides of a merge in the middle of the chain.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { withTx } from "../../db/tx";
import { CreateResticDatastore, CreateRsyncDatastore } from "../../domain/datastore";
import { startCeph, type TestCeph } from "../../drivers/testing/ceph";
import { type GuestImage, makeGuestImage } from "../../drivers/testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../../drivers/testing/libvirtd";
import { startSshd, type TestSshd } from "../../drivers/testing/sshd";
import { createCephDatastore } from "../datastore/ceph";
import { createResticDatastore, createRsyncDatastore } from "../datastore/commands";
import { createHost } from "../host/commands";
import { nextId } from "../ids";
import { type Harness, startHarness } from "../testing/harness";
import { type MatrixMachine, makeMatrixMachine } from "../testing/matrix-machine";
import { updateBackupConfig } from "../vm/commands";

/** `ssh` has a host and a backup server behind a real sshd; the others are this machine. */
const LAYOUTS = ["qcow2", "shared", "ssh", "ceph"] as const;
const REPOSITORIES = ["rsync", "restic"] as const;
const ROWS = LAYOUTS.flatMap((tm) => REPOSITORIES.map((repository) => ({ tm, repository })));
/** Of the chain of ten. Every change between running and off, and twice the same. */
const BEFORE_MERGE = [true, false, false, true, true, false] as const;
const AFTER_MERGE = [false, true, true, false] as const;
const KEEP_LAST = 4;
/** Two boots of an emulated guest, 12 backups and 13 restores. */
const ROW_MS = 600_000;

const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`layouts × repositories${reason === null ? "" : ` (${reason})`}`, () => {
  let harness: Harness;
  let libvirtd: TestLibvirtd;
  let ceph: TestCeph;
  let sshd: TestSshd;
  let image: GuestImage;
  let remoteHostId: number;

  beforeAll(async () => {
    [libvirtd, ceph] = await Promise.all([startLibvirtd(), startCeph()]);
    image = await makeGuestImage(libvirtd.dir);
    sshd = await startSshd(["hv1", "backup1"], { LIBVIRT_DEFAULT_URI: libvirtd.uri });
    vi.stubEnv("STRATA_SSH_CONFIG", sshd.configPath);
    harness = await startHarness();
    await harness.core.db.host.update({ where: { id: 0 }, data: { template: { LIBVIRT_URI: [libvirtd.uri] } } });
    ({ hostId: remoteHostId } = await createHost(harness.ctx, {
      ...{ name: "hv1", libvirtUri: null, emulatorCpus: null, domainType: "qemu", shutdownSeconds: 2 },
    }));
  });
  afterAll(async () => {
    await harness.close();
    vi.unstubAllEnvs();
    await sshd.stop();
    await libvirtd.stop();
    await ceph.stop();
  });

  async function systemDatastore(tm: (typeof LAYOUTS)[number], name: string): Promise<number> {
    const ofCeph = { monitors: null, secretUuid: null, dataPool: null, bridgeList: null, user: "admin" };
    const { pool, confPath } = ceph;
    if (tm === "ceph") {
      const made = await createCephDatastore(harness.ctx, { ...ofCeph, name, type: "SYSTEM", pool, confPath });
      return made.datastoreId;
    }
    const { db, config } = harness.core;
    return await withTx(db, async (tx) => {
      const id = await nextId(tx, "datastore");
      const basePath = join(config.datastoreLocation, String(id));
      await tx.datastore.create({
        data: { id, uid: 0, gid: 0, name, type: "SYSTEM", dsMad: "-", tmMad: tm, basePath },
      });
      return id;
    });
  }

  async function repositoryOf(kind: (typeof REPOSITORIES)[number], name: string, isRemote: boolean): Promise<number> {
    const at = {
      ...{ name, basePath: join(harness.dir, name), user: sshd.user },
      ...(isRemote ? { host: "backup1", port: sshd.port } : { host: "localhost" }),
    };
    const { datastoreId } =
      kind === "rsync"
        ? await createRsyncDatastore(harness.ctx, CreateRsyncDatastore.parse(at))
        : await createResticDatastore(
            harness.ctx,
            CreateResticDatastore.parse({ ...at, password: "matrix of tests", tmpDir: harness.dir }),
          );
    return datastoreId;
  }

  async function chainOfTen(machine: MatrixMachine, datastoreId: number): Promise<void> {
    const { vmId } = machine;
    await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT", keepLast: BEFORE_MERGE.length } });
    let imageId = -1;
    for (const [id, isLive] of BEFORE_MERGE.entries()) {
      const point = await machine.backUp(datastoreId, isLive);
      expect(point.incrementId).toBe(id);
      imageId = point.imageId;
    }
    expect(await machine.expectRestores(imageId)).toEqual([...BEFORE_MERGE.keys()]);

    // The next one makes the oldest three of seven one full.
    await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT", keepLast: KEEP_LAST } });
    const [next = false, ...others] = AFTER_MERGE;
    expect(await machine.backUp(datastoreId, next)).toEqual({ imageId, incrementId: BEFORE_MERGE.length });
    await machine.merged(imageId);
    await updateBackupConfig(harness.ctx, { vmId, config: { mode: "INCREMENT", keepLast: 0 } });
    for (const isLive of others) expect((await machine.backUp(datastoreId, isLive)).imageId).toBe(imageId);
    expect(await machine.expectRestores(imageId)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  }

  test.each(ROWS)(
    "$tm into $repository",
    async ({ tm, repository }) => {
      const name = `${tm}-${repository}`;
      const isRemote = tm === "ssh";
      const machine = await makeMatrixMachine(
        { harness, libvirtd, image, ceph },
        {
          ...{ name, isCeph: tm === "ceph", hostId: isRemote ? remoteHostId : 0 },
          systemDatastoreId: await systemDatastore(tm, `${name}-system`),
        },
      );
      const datastoreId = await repositoryOf(repository, `${name} repository`, isRemote);
      await updateBackupConfig(harness.ctx, { vmId: machine.vmId, config: { mode: "FULL" } });
      const live = await machine.backUp(datastoreId, true);
      await chainOfTen(machine, datastoreId);
      await updateBackupConfig(harness.ctx, { vmId: machine.vmId, config: { mode: "FULL" } });
      const off = await machine.backUp(datastoreId, false);
      for (const { imageId } of [live, off]) expect(await machine.expectRestores(imageId)).toEqual([0]);
      await machine.expectTidy();
    },
    ROW_MS,
  );
});
