import type { Db, Tx } from "../../db/tx";
import { readDisks } from "../../domain/vm-disks";
import { transitionImage } from "../transition";
import type { ParsedVm } from "./rows";

/** Ids of the images that the VM has as disks. */
function imageIds(vm: Pick<ParsedVm, "template">): number[] {
  return [...new Set(readDisks(vm.template).flatMap((disk) => (disk.imageId === null ? [] : [disk.imageId])))];
}

/** Mark the VM's images as used. */
export async function useImages(tx: Tx, vm: Pick<ParsedVm, "template">): Promise<void> {
  const images = await tx.image.findMany({ where: { id: { in: imageIds(vm) } }, select: { id: true, state: true } });
  for (const image of images) await transitionImage(tx, image, "use");
}

/** Give back the images that no other living VM has. */
export async function releaseImages(tx: Tx, vm: Pick<ParsedVm, "id" | "template">): Promise<void> {
  const ids = imageIds(vm).map(String);
  if (ids.length === 0) return;
  const others = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT d->>'IMAGE_ID' AS id FROM "Vm" v, jsonb_array_elements(v."template"->'DISK') d
    WHERE v."state" <> 'DONE' AND v."id" <> ${vm.id} AND d->>'IMAGE_ID' = ANY(${ids})`;
  const stillUsed = new Set(others.map((row) => row.id));
  const free = ids.filter((id) => !stillUsed.has(id)).map(Number);
  const images = await tx.image.findMany({
    where: { id: { in: free }, state: "USED" },
    select: { id: true, state: true },
  });
  for (const image of images) await transitionImage(tx, image, "release");
}

/** Ids of the living VMs, other than `exceptVmId`, that have the image as a disk: it must not be taken from them. */
export async function usersOfImage(db: Db, imageId: number, exceptVmId: number | null): Promise<number[]> {
  const rows = await db.$queryRaw<{ id: number }[]>`
    SELECT DISTINCT v."id" FROM "Vm" v, jsonb_array_elements(v."template"->'DISK') d
    WHERE v."state" <> 'DONE' AND v."id" <> ${exceptVmId ?? -1} AND d->>'IMAGE_ID' = ${String(imageId)}`;
  return rows.map((row) => row.id);
}
