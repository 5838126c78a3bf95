import { createHash } from "node:crypto";
import { z } from "zod";
import { toJson } from "../../db/json";
import { parseStored } from "../../db/stored";
import { withTx } from "../../db/tx";
import { Manifest } from "../../domain/backup";
import { appError, reasonOf } from "../../domain/errors";
import { attempt } from "../../lib/outcome";
import { type FlattenAnswer, parseFlattenAnswer } from "../../lib/wire";
import type { ActionHandler, Run } from "../action/handler";
import { refreshDatastore } from "../datastore/monitor";
import { datastoreXml, driverDocument, imageXml, type PastIncrement } from "../documents";
import { appendEvent } from "../event/append";
import { lockImage, lockVm } from "../lock";
import { settleQuota } from "../quota/commands";
import { requireDatastore, requireImage } from "../require";
import { endFlatten } from "./begin";

const Input = z.object({ imageId: z.number().int() });
const MIB = 1024 * 1024;
/** Removing what was merged cannot be cancelled: the new chain is recorded already. */
const REMOVE_MS = 60 * 60_000;

/** What a merge has done; null when there was nothing to merge. */
type Flattened = { firstId: number } | null;

/**
 * Merge the oldest points of a chain: the driver merges, one transaction records the new chain, then the merged files go
 * (docs/drivers.md). `beginFlatten` has taken the chain before. Until the record the old chain reads from the first point
 * that stays; a failure leaves it, and the next increment tries again.
 */
export const flattenHandler: ActionHandler<Flattened> = {
  async work(run) {
    await run.progress.phase("flattening");
    const plan = await run.step("plan", () => planFlatten(run));
    if (plan === null) return null;
    const merged = await run.step("merge", () => merge(run, plan));
    if (merged === null) return null;
    const recorded = await run.step("record-chain", () => recordChain(run, merged));
    await run.progress.phase("cleaning");
    const stays = new Set(merged.points.map((point) => point.source));
    const gone = plan.points.filter((point) => !stays.has(point.source));
    const remove = () => run.step("remove-merged", () => removeMerged(run, gone));
    // What stays would be looked for by nobody until somebody asks for leftovers: a driver that died gets a second chance.
    const removed = await attempt(() => attempt(remove).then((first) => (first.ok ? first.value : remove())));
    if (!removed.ok) run.log.add("WARN", `The merged files stay in the repository: ${reasonOf(removed.error)}`);
    return recorded;
  },

  async cleanUp(run, worked) {
    const { datastoreId } = run.action;
    if (!worked.ok || worked.value === null || datastoreId === null) return;
    await run.step("monitor", async () => {
      await refreshDatastore(run.core, datastoreId, AbortSignal.timeout(60_000));
      return null;
    });
  },

  async record(tx, run, worked) {
    const { imageId } = Input.parse(run.action.input);
    await endFlatten(tx, imageId, worked.ok ? null : `Merging older points: ${reasonOf(worked.error)}`);
    if (!worked.ok || worked.value === null) return {};
    return { imageId, result: { imageId, incrementId: worked.value.firstId } };
  },
};

type StoredPoint = Omit<PastIncrement, "at"> & { at: number };

/** The chain as it was when the merge began; stored, because a repeat must ask for the same. */
interface FlattenPlan {
  keepLast: number;
  flattenId: string;
  points: StoredPoint[];
}

async function planFlatten(run: Run): Promise<FlattenPlan | null> {
  const { imageId } = Input.parse(run.action.input);
  const rows = await run.core.db.increment.findMany({
    where: { imageId },
    orderBy: { id: "asc" },
    select: { id: true, type: true, at: true, parentId: true, source: true, sizeMb: true, expiredAt: true },
  });
  const image = await run.core.db.image.findUnique({ where: { id: imageId }, select: { state: true } });
  const expired = rows.filter((row) => row.expiredAt !== null).length;
  if (image?.state !== "LOCKED" || expired === 0) return null;
  run.log.add(
    "INFO",
    `Image ${imageId}: merging what is older into increment ${rows[expired]?.id ?? "?"} (points that go: ${expired})`,
  );
  return {
    keepLast: rows.length - expired,
    flattenId: createHash("sha256").update(`flatten ${run.action.id}`).digest("hex").slice(0, 24),
    points: rows.map(({ expiredAt: _, at, ...row }) => ({ ...row, at: at.getTime() })),
  };
}

interface Merged extends FlattenAnswer {
  manifest: Manifest | null;
}

async function merge(run: Run, plan: FlattenPlan): Promise<Merged | null> {
  const { imageId } = Input.parse(run.action.input);
  const { db } = run.core;
  const image = await requireImage(db, imageId);
  const datastore = await requireDatastore(db, image.datastoreId);
  const path = `datastore/${datastore.dsMad}/increment_flatten`;
  let isWhole = false;
  try {
    const report = await run.core.drivers.call({
      family: "datastore",
      driver: datastore.dsMad,
      action: "increment_flatten",
      argv: [String(imageId)],
      document: driverDocument({
        image: await imageXml(db, image),
        datastore: datastoreXml(datastore),
        extra: { KEEP_LAST: String(plan.keepLast), FLATTEN_ID: plan.flattenId },
      }),
      signal: run.signal,
      onLog: run.log.add,
      onProgress: run.progress.bytes,
      onChainWhole: () => {
        isWhole = true;
      },
    });
    const answer = parseFlattenAnswer(report.stdout);
    const kept = plan.points.slice(-plan.keepLast);
    const isChain =
      answer !== null &&
      answer !== "unchanged" &&
      answer.points.length === kept.length &&
      answer.points.every(({ incrementId, source }, index) => {
        const old = kept[index];
        return incrementId === old?.id && (index === 0 || source === old.source);
      });
    if (answer === "unchanged" || !isChain || answer === null) {
      throw appError("DRIVER_ANSWER", { path, answer: report.stdout.slice(0, 200) });
    }
    return { ...answer, manifest: report.manifest };
  } catch (error) {
    await afterFailure(run, plan, isWhole);
    throw error;
  }
}

/**
 * Nothing was changed: the marks go. Otherwise they stay, and nobody trusts the recorded sizes and checksums of the two
 * files that may have changed: the oldest takes in the others and then the place of the one that stays.
 */
async function afterFailure(run: Run, plan: FlattenPlan, isWhole: boolean): Promise<void> {
  const { db } = run.core;
  const { imageId } = Input.parse(run.action.input);
  if (isWhole) {
    await db.increment.updateMany({ where: { imageId }, data: { expiredAt: null } });
    return;
  }
  const ids = [plan.points[0]?.id ?? -1, plan.points.at(-plan.keepLast)?.id ?? -1];
  for (const { id, manifest } of await db.increment.findMany({ where: { imageId, id: { in: ids } } })) {
    if (manifest === null) continue;
    await db.increment.update({
      where: { imageId_id: { imageId, id } },
      data: {
        manifest: toJson({ ...parseStored(Manifest, manifest), isMerging: true }),
        verification: "unverified",
      },
    });
  }
}

/** The new chain, its sizes and the quota, in one transaction; repeatable. */
async function recordChain(run: Run, merged: Merged): Promise<Flattened> {
  const { imageId } = Input.parse(run.action.input);
  const [first] = merged.points;
  if (first === undefined) throw appError("INTERNAL", { message: "The merged chain has no point." });
  const { manifest, sizeMb } = merged;
  const bytes = manifest === null ? sizeMb * MIB : manifest.disks.reduce((sum, disk) => sum + disk.bytes, 0);
  const freedMb = await withTx(run.core.db, async (tx) => {
    const before = await tx.image.findUniqueOrThrow({ where: { id: imageId } });
    if (before.vmId !== null) await lockVm(tx, before.vmId);
    await lockImage(tx, imageId);
    const { count } = await tx.increment.deleteMany({ where: { imageId, id: { lt: first.incrementId } } });
    if (count === 0) return 0; // recorded before the crash
    await tx.increment.update({
      where: { imageId_id: { imageId, id: first.incrementId } },
      data: {
        type: "FULL",
        parentId: -1,
        source: first.source,
        sizeMb,
        storedBytes: BigInt(bytes),
        verification: manifest === null ? "unverified" : "checksummed",
        verifiedAt: null,
        verifyActionId: null,
        verificationNote: null,
        ...(manifest === null ? {} : { manifest: toJson(manifest) }),
      },
    });
    const { _sum } = await tx.increment.aggregate({ where: { imageId }, _sum: { sizeMb: true } });
    const sum = _sum.sizeMb ?? 0;
    await tx.image.update({
      where: { id: imageId },
      data: { sizeMb: sum, source: first.source, modifiedAt: new Date(run.core.clock.now()) },
    });
    // Stored already: no limit can refuse it.
    const was = { owner: before, sizeMb: before.sizeMb, images: 0 };
    await settleQuota(tx, before.datastoreId, was, { owner: before, sizeMb: sum, images: 0 });
    await appendEvent(tx, { topic: "image", objectId: imageId, type: "increment" });
    return before.sizeMb - sum;
  });
  run.log.add("INFO", `Increment ${first.incrementId} is the full now; ${freedMb} MiB less are stored`);
  return { firstId: first.incrementId };
}

async function removeMerged(run: Run, gone: readonly StoredPoint[]): Promise<null> {
  if (gone.length === 0) return null;
  const { db } = run.core;
  const image = await requireImage(db, Input.parse(run.action.input).imageId);
  const datastore = await requireDatastore(db, image.datastoreId);
  const past = gone.map((point) => ({ ...point, at: new Date(point.at) }));
  await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "rm",
    argv: [String(image.id)],
    document: driverDocument({ image: await imageXml(db, image, past), datastore: datastoreXml(datastore) }),
    signal: AbortSignal.timeout(REMOVE_MS),
    onLog: run.log.add,
  });
  return null;
}
