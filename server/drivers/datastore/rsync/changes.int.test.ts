import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChangesAnswer } from "../../../domain/point-changes";
import { expectSuccess } from "../../conformance";
import { datastoreXml, makeRsyncFixture, RSYNC_VM_ID, type RsyncFixture } from "../../testing/rsync-fixture";
import { reasonOf, runDriver } from "../../testing/run-driver";
import { startSshd, type TestSshd } from "../../testing/sshd";

const KIB = 1024;
const MIB = KIB * KIB;
const BLOCK = 128 * KIB;

describe("rsync changes", () => {
  let sshd: TestSshd;
  let on: RsyncFixture;
  let ids: string[];

  beforeAll(async () => {
    sshd = await startSshd(["backup-server"]);
    on = await makeRsyncFixture(sshd.configPath);
    ids = await on.storeChain();
  });
  afterAll(async () => {
    await on.remove();
    await sshd.stop();
  });

  const changes = (from: number, to: number, host = "localhost") =>
    runDriver({
      action: "datastore/rsync/changes",
      argv: [String(from), String(to)],
      xml: `<D>${datastoreXml(on.basePath, { host })}<IMAGE><ID>7</ID><SOURCE>${ids[0]}</SOURCE><VMS><ID>${RSYNC_VM_ID}</ID></VMS><BACKUP_INCREMENTS>${ids
        .map((id, index) => `<INCREMENT><ID>${index}</ID><SOURCE>${id}</SOURCE></INCREMENT>`)
        .join("")}</BACKUP_INCREMENTS></IMAGE></D>`,
      sshConfig: sshd.configPath,
    });
  /** Changed bytes by where on the disk, MiB. */
  async function changed(from: number, to: number, host?: string) {
    const result = await changes(from, to, host);
    expectSuccess(result);
    const [disk, ...others] = ChangesAnswer.parse(JSON.parse(result.stdout)).disks;
    expect([disk?.id, disk?.virtualSize, disk?.blockBytes, others]).toEqual([0, 64 * MIB, BLOCK, []]);
    const places = disk?.blocks.flatMap((bytes, index) => (bytes === 0 ? [] : [[(index * BLOCK) / MIB, bytes / KIB]]));
    return { kib: (disk?.bytes ?? 0) / KIB, places };
  }

  // What `chain-fixture.ts` writes: 64 KiB at 1 MiB, a megabyte of zeros at 16, one of data at 63; then 64 KiB right
  // behind the first and 128 KiB at 50.
  const megabyte = (at: number) => Array.from({ length: 8 }, (_, index) => [at + index / 8, 128]);
  const FIRST = [[1, 64], ...megabyte(16), ...megabyte(63)];

  it.each(["localhost", "backup-server"])("tells what was written, and where (%s)", async (host) => {
    expect(await changed(0, 1, host)).toEqual({ kib: 64 + 2048, places: FIRST });
  });

  it("adds up several increments, each place once", async () => {
    expect(await changed(1, 2)).toEqual({
      kib: 192,
      places: [
        [1, 64],
        [50, 128],
      ],
    });
    expect(await changed(0, 2)).toEqual({
      kib: 64 + 2048 + 192,
      places: [[1, 128], ...megabyte(16), [50, 128], ...megabyte(63)],
    });
  });

  it("refuses a pair in the wrong order, and a point that is not there", async () => {
    for (const [from, to] of [
      [2, 1],
      [1, 1],
    ] as const) {
      expect(reasonOf(await changes(from, to))).toBe(`Increment ${from} does not come before increment ${to}.`);
    }
    expect(reasonOf(await changes(0, 9))).toBe("The image has no increment 9.");
  });

  it("says which file is missing instead of a smaller number", async () => {
    const folder = path.join(on.vmPath, ids[1] ?? "");
    await rename(folder, `${folder}.away`);
    const result = await changes(0, 2);
    await rename(`${folder}.away`, folder);
    expect(reasonOf(result)).toContain("Increment 1: The folder");
    await rm(path.join(folder, "disk.0.1"));
    expect(reasonOf(await changes(0, 2))).toContain("disk.0.1 is missing");
    // The earlier point's own file is not needed.
    await rm(path.join(on.vmPath, ids[0] ?? "", "disk.0.0"));
    expectSuccess(await changes(1, 2));
  });
});
