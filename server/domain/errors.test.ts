import { expect, test } from "vitest";
import { AppError, appError, appErrorFrom, ERRORS, type ErrorCode, reasonOf } from "./errors";

/** One value for every name that a row's data uses. */
const SAMPLE: Record<string, unknown> = {
  vmId: 7,
  vmIds: [7, 8],
  imageId: 12,
  actionId: 3,
  datastoreId: 100,
  jobId: 4,
  diskId: 0,
  incrementId: 2,
  id: 5,
  line: 1,
  column: 2,
  images: 3,
  vms: 2,
  objects: 3,
  members: 1,
  needMb: 10,
  freeMb: 5,
  exitCode: 1,
  timeoutMs: 60_000,
  retrySeconds: 4,
  name: "web-01",
  object: "VM",
  right: "USE",
  what: "create datastores",
  state: "RUNNING",
  event: "backup",
  message: "The disk is in use.",
  stage: "connect",
  reason: "the bitmap is missing",
  path: "tm/ssh/prebackup",
  answer: "x",
  operation: "snapshot-create",
  snapshotId: 1,
  of: "Disk 0",
  address: "192.0.2.5",
  network: "lan",
  networkId: 1,
  otherJobId: 3,
  ownerName: "ana",
  driver: "acme",
  file: "secret_key",
  hostId: 2,
  kind: "restore",
  incrementIds: "0, 2",
  end: "until it is unpinned",
  userName: "ana",
  most: 4,
};

/** Reads like SAMPLE and remembers names that SAMPLE does not have: they would print "undefined" in real life too. */
function sampleData(unknown: string[]): unknown {
  return new Proxy(SAMPLE, {
    get(target, name) {
      if (typeof name === "string" && !(name in target)) unknown.push(name);
      return Reflect.get(target, name);
    },
  });
}

test.each(Object.keys(ERRORS) as ErrorCode[])("%s gives a sentence for people", (code) => {
  const unknown: string[] = [];
  const error = new AppError(code, sampleData(unknown));
  expect(unknown, "data that the sample of this test lacks").toEqual([]);
  expect(error.message.trim().length).toBeGreaterThan(10);
  expect(error.message).not.toMatch(/undefined|NaN|\[object|\bnull\b/);
  expect(error.kind).toBe(ERRORS[code].kind);
  expect(error).toMatchObject({ code, name: "AppError" });
});

test("an error keeps its data and its cause", () => {
  const cause = new Error("ECONNREFUSED");
  const error = appErrorFrom(cause, "NOT_FOUND", { object: "VM", id: 7 });
  expect(error).toMatchObject({ code: "NOT_FOUND", kind: "not_found", data: { object: "VM", id: 7 }, cause });
  expect(error.message).toBe("VM 7 does not exist.");
  expect(appError("CANCELLED").message).toBe("Cancelled on request.");
});

test("whatever was thrown becomes a sentence", () => {
  expect(reasonOf(new Error("no space"))).toBe("no space");
  expect(reasonOf("text")).toBe("text");
  expect(reasonOf(undefined)).toBe("undefined");
});
