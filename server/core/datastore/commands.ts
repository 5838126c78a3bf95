import { appError } from "../../domain/errors";
import type { CreateRsyncDatastore, DatastoreTestResult } from "../../domain/datastore";
import type { Ctx } from "../context";

export async function createRsyncDatastore(_ctx: Ctx, _input: CreateRsyncDatastore): Promise<{ datastoreId: number }> {
  throw appError("CORE_NOT_READY");
}

export async function testRsyncDatastore(_ctx: Ctx, _input: CreateRsyncDatastore): Promise<DatastoreTestResult> {
  throw appError("CORE_NOT_READY");
}

export async function monitorDatastore(_ctx: Ctx, _datastoreId: number): Promise<void> {
  throw appError("CORE_NOT_READY");
}

export async function deleteDatastore(_ctx: Ctx, _datastoreId: number): Promise<void> {
  throw appError("CORE_NOT_READY");
}

