import type { Db } from "../db/tx";
import { appError } from "../domain/errors";

/** Rows a run needs; NOT_FOUND names the one that was removed meanwhile. No rights: the request has checked them. */
export async function requireVm(db: Db, id: number) {
  const vm = await db.vm.findUnique({ where: { id } });
  if (vm === null) throw appError("NOT_FOUND", { object: "VM", id });
  return vm;
}

export async function requireHost(db: Db, id: number) {
  const host = await db.host.findUnique({ where: { id } });
  if (host === null) throw appError("NOT_FOUND", { object: "host", id });
  return host;
}

export async function requireDatastore(db: Db, id: number) {
  const datastore = await db.datastore.findUnique({ where: { id } });
  if (datastore === null) throw appError("NOT_FOUND", { object: "datastore", id });
  return datastore;
}

export async function requireImage(db: Db, id: number) {
  const image = await db.image.findUnique({ where: { id } });
  if (image === null) throw appError("NOT_FOUND", { object: "image", id });
  return image;
}
