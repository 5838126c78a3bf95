/**
 * What every backup datastore driver must do, as one suite (docs/drivers.md). A driver under test is only ever called
 * as a program; the target says how to make a datastore for it.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { ProcessResult } from "../lib/process";
import { parseBackupAnswer, parseFlattenAnswer, parseMonitorAnswer, parseSizeAnswer } from "../lib/wire";
import { type ChainFixture, DISK_MIB, makeChain, POINTS, sameContent } from "./testing/chain-fixture";
import { meaningsOf, reasonOf, runDriver } from "./testing/run-driver";

export interface ConformanceTarget {
  /** Title of the suite. */
  name: string;
  /** `rsync`, `restic`: the folder below `datastore/` and the program below `downloader/`. */
  driver: string;
  /** Empty temporary folder of this suite on this machine. */
  dir: string;
  /** Host the VM runs on, as argv has it. */
  host: string;
  /** DATASTORE element. */
  datastoreXml: string;
  sshConfig?: string;
  /** Increments as upstream makes them. */
  isReference?: boolean;
  /** Another `remotes` folder, for drivers that are not ours. */
  remotesDir?: string;
}

const VM_ID = 42;
const IMAGE_ID = 7;

interface Stored {
  id: number;
  backupId: string;
  sizeMb: number;
}

/** Declare the suite; `make` is called once before it, and what it answers is used by all tests in order. */
export function describeBackupDatastore(
  name: string,
  make: () => Promise<ConformanceTarget>,
  remove: () => Promise<void>,
): void {
  describe(name, () => {
    let target: ConformanceTarget;
    let chain: ChainFixture;
    const stored: Stored[] = [];

    const call = (action: string, argv: readonly string[], xml: string) =>
      runDriver({
        action,
        argv,
        xml,
        ...(target.sshConfig === undefined ? {} : { sshConfig: target.sshConfig }),
        ...(target.remotesDir === undefined ? {} : { remotesDir: target.remotesDir }),
      });
    const datastoreAction = (action: string, argv: readonly string[], children: string) =>
      call(`datastore/${target.driver}/${action}`, argv, `<DS_DRIVER_ACTION_DATA>${children}</DS_DRIVER_ACTION_DATA>`);
    const vmXml = (lastIncrement: number) =>
      `<VM><ID>${VM_ID}</ID><TEMPLATE><DISK><DISK_ID>0</DISK_ID><FORMAT>qcow2</FORMAT></DISK></TEMPLATE><BACKUPS><BACKUP_CONFIG><MODE>INCREMENT</MODE><INCREMENT_MODE>CBT</INCREMENT_MODE><LAST_INCREMENT_ID>${lastIncrement}</LAST_INCREMENT_ID></BACKUP_CONFIG></BACKUPS></VM>`;
    const backup = (index: number, backupId: string) =>
      datastoreAction(
        "backup",
        [`${target.host}:${chain.vmDir}`, "0", "deploy-1", "-", String(VM_ID), "100"],
        `${target.datastoreXml}${vmXml(index - 1)}<EXTRA_DATA><BACKUP_ID>${backupId}</BACKUP_ID></EXTRA_DATA>`,
      );
    const imageXml = (points: readonly Stored[] = stored) => {
      const increments = points.map(
        ({ id, backupId }, index) =>
          `<INCREMENT><ID>${id}</ID><PARENT_ID>${points[index - 1]?.id ?? -1}</PARENT_ID><SOURCE>${backupId}</SOURCE><TYPE>${index === 0 ? "FULL" : "INCREMENT"}</TYPE></INCREMENT>`,
      );
      return `<IMAGE><ID>${IMAGE_ID}</ID><SOURCE>${points[0]?.backupId ?? ""}</SOURCE><VMS><ID>${VM_ID}</ID></VMS><BACKUP_INCREMENTS>${increments.join("")}</BACKUP_INCREMENTS></IMAGE>`;
    };
    const list = async (increment: number) => {
      const result = await datastoreAction("ls", ["-i", String(increment)], `${target.datastoreXml}${imageXml()}`);
      expectSuccess(result);
      return JSON.parse(result.stdout) as Record<string, string>;
    };

    beforeAll(async () => {
      target = await make();
      chain = await makeChain(path.join(target.dir, "chain"), VM_ID, { isReference: target.isReference ?? false });
    });
    afterAll(async () => {
      await rm(target.dir, { recursive: true, force: true });
      await remove();
    });

    it("monitor answers its capacity in MiB", async () => {
      const result = await datastoreAction("monitor", ["100"], target.datastoreXml);
      expectSuccess(result);
      const answer = parseMonitorAnswer(result.stdout);
      expect(answer?.totalMb).toBeGreaterThan(0);
      expect((answer?.usedMb ?? 0) + (answer?.freeMb ?? 0)).toBeLessThanOrEqual((answer?.totalMb ?? 0) + 1);
    });

    it("a backup without staged disks fails with one reason and no stack", async () => {
      const result = await backup(0, randomBytes(12).toString("hex"));
      expect(result.exitCode).toBe(1);
      expect(reasonOf(result)).toMatch(/\S/);
      expect(result.stderr).not.toMatch(/\n\s+at /);
    });

    it(`stores a full and ${POINTS - 1} increments`, async () => {
      for (let index = 0; index < POINTS; index++) {
        await chain.stage(index);
        const result = await backup(index, randomBytes(12).toString("hex"));
        expectSuccess(result);
        const answer = parseBackupAnswer(result.stdout);
        expect(answer).toMatchObject({ format: "raw" });
        expect(answer?.sizeMb).toBeGreaterThan(0);
        if (answer !== null) stored.push({ id: index, ...answer });
        expect(meaningsOf(result).some((meaning) => meaning.kind === "progress")).toBe(true);
      }
      expect(stored).toHaveLength(POINTS);
    });

    it("answers a repeated backup without storing it again", async () => {
      const last = stored.at(-1);
      await rm(path.join(chain.vmDir, "backup"), { recursive: true, force: true });
      const result = await backup(POINTS - 1, last?.backupId ?? "");
      expectSuccess(result);
      expect(parseBackupAnswer(result.stdout)).toMatchObject({ backupId: last?.backupId, sizeMb: last?.sizeMb });
    });

    it("lists the disks of each point and refuses an increment that is not there", async () => {
      expect(Object.keys(await list(-1))).toEqual(["0"]);
      expect((await list(0))["0"]).not.toBe((await list(1))["0"]);
      const missing = await datastoreAction("ls", ["-i", "99"], `${target.datastoreXml}${imageXml()}`);
      expect(missing.exitCode).toBe(1);
      expect(reasonOf(missing)).toContain("99");
    });

    it("stat answers the size the guest saw", async () => {
      const url = (await list(-1))["0"] ?? "";
      const result = await datastoreAction("stat", ["1"], `<IMAGE><PATH>${url}</PATH></IMAGE>${target.datastoreXml}`);
      expectSuccess(result);
      expect(parseSizeAnswer(result.stdout)).toBe(DISK_MIB);
    });

    const restore = async (index: number) => {
      const format = index % 2 === 0 ? "raw" : "qcow2";
      const url = (await list(index))["0"] ?? "";
      const destination = path.join(target.dir, `restored.${index}.${format}`);
      const result = await call(
        `downloader/${target.driver}`,
        [url, destination, format],
        `<DS_DRIVER_ACTION_DATA>${target.datastoreXml}</DS_DRIVER_ACTION_DATA>`,
      );
      expectSuccess(result);
      expect(result.stdout.trim()).toBe(String(DISK_MIB * 1024 * 1024));
      expect(await sameContent(destination, format, chain.expected(index), "raw")).toBe(true);
      await rm(destination);
    };

    it("restores every point, in either format", async () => {
      for (let index = 0; index < POINTS; index++) await restore(index);
      expect((await readdir(target.dir)).filter((name) => name.includes(".part"))).toEqual([]);
    });

    it("flattens the chain to its last two points, repeats the answer, and restores both", async (context) => {
      const remotes = target.remotesDir ?? inject("remotesDir");
      const hasFlatten = existsSync(path.join(remotes, "datastore", target.driver, "increment_flatten"));
      if (!hasFlatten) context.skip(`${target.driver} has no increment_flatten`);
      const extra = `<EXTRA_DATA><KEEP_LAST>2</KEEP_LAST><FLATTEN_ID>${randomBytes(12).toString("hex")}</FLATTEN_ID></EXTRA_DATA>`;
      const flatten = async () => {
        const document = `${imageXml()}${target.datastoreXml}${extra}`;
        const result = await datastoreAction("increment_flatten", [String(IMAGE_ID)], document);
        expectSuccess(result);
        const answer = parseFlattenAnswer(result.stdout);
        return answer === null || answer === "unchanged" ? [] : answer.points;
      };
      const points = await flatten();
      expect(await flatten()).toEqual(points);
      expect(points.map((point) => point.incrementId)).toEqual([POINTS - 2, POINTS - 1]);
      const kept = points.map(({ incrementId, source }) => ({ id: incrementId, backupId: source, sizeMb: 0 }));
      const sources = new Set(kept.map((point) => point.backupId));
      const merged = stored.filter((point) => !sources.has(point.backupId));
      stored.splice(0, stored.length, ...kept);
      await restore(kept[0]?.id ?? -1);
      const gone = `${imageXml(merged)}${target.datastoreXml}`;
      expectSuccess(await datastoreAction("rm", [String(IMAGE_ID)], gone));
      for (const { id } of kept) await restore(id);
    });

    it("backup_cancel succeeds when there is nothing to cancel", async () => {
      const argv = [`${target.host}:${chain.vmDir}`, "deploy-1"];
      expectSuccess(await call(`datastore/${target.driver}/backup_cancel`, argv, vmXml(-1)));
    });

    it("removes the image, and once more without an error", async () => {
      const image = imageXml();
      for (let round = 0; round < 2; round++) {
        expectSuccess(await datastoreAction("rm", [String(IMAGE_ID)], `${image}${target.datastoreXml}`));
      }
      const gone = await datastoreAction("ls", ["-i", "-1"], `${target.datastoreXml}${image}`);
      expect(gone.exitCode).toBe(1);
    });
  });
}

/** Exit code 0, with the reason in the message when it is not. */
export function expectSuccess(result: ProcessResult): void {
  expect({ exitCode: result.exitCode, reason: reasonOf(result) }).toEqual({ exitCode: 0, reason: "" });
}
