import { appError } from "../../domain/errors";
import type { DatastoreDetail, DatastoreRow, DatastoreType } from "../../domain/datastore";
import type { Ctx } from "../context";

export async function listDatastores(_ctx: Ctx, _input: { type?: DatastoreType | undefined }): Promise<DatastoreRow[]> {
  throw appError("CORE_NOT_READY");
}

export async function getDatastore(_ctx: Ctx, _datastoreId: number): Promise<DatastoreDetail> {
  throw appError("CORE_NOT_READY");
}

