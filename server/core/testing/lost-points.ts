import type { World } from "./fault-world";

/**
 * Points that a backup has made and reported, and that are gone although nobody deleted them: no image-delete of their
 * image ended well, and no later point of their chain holds them after a merge.
 */
export async function lostPoints({ db, kept }: Pick<World, "db" | "kept">): Promise<string[]> {
  const runs = await db.action.findMany({
    where: { id: { in: [...kept.keys()] }, state: "DONE" },
    select: { id: true, imageId: true },
  });
  const there = new Set(
    (
      await db.increment.findMany({
        where: { actionId: { in: runs.map((run) => run.id) } },
        select: { actionId: true },
      })
    ).map((point) => point.actionId),
  );
  const lost: string[] = [];
  for (const { id, imageId } of runs) {
    if (there.has(id)) continue;
    const where = { imageId: imageId ?? -1 };
    const deleted = await db.action.count({ where: { ...where, kind: "image-delete", state: "DONE" } });
    const merged = await db.action.count({ where: { ...where, kind: "increment-flatten" } });
    const isThere = (await db.image.count({ where: { id: imageId ?? -1 } })) > 0;
    if (deleted > 0 || (isThere && merged > 0 && (await isOlder(db, id, imageId ?? -1)))) continue;
    lost.push(`the point of run ${id} in backup ${imageId ?? "none"}`);
  }
  return lost;
}

/** All points of its image that are left are of later runs: it is in them. */
async function isOlder(db: World["db"], actionId: number, imageId: number): Promise<boolean> {
  const oldest = await db.increment.findFirst({
    where: { imageId },
    orderBy: { id: "asc" },
    select: { actionId: true },
  });
  return oldest !== null && (oldest.actionId ?? -1) > actionId;
}
