import { describe, expect, test } from "vitest";
import { UNCONFIGURED } from "@/server/domain/backup-config";
import type { DatastoreRow } from "@/server/domain/datastore";
import { backupChoice } from "./backup-choice";

function datastore(id: number): DatastoreRow {
  return {
    id,
    name: `store ${id}`,
    type: "BACKUP",
    driver: "rsync",
    tmMad: "-",
    ownerName: "oneadmin",
    groupName: "oneadmin",
    totalMb: 100,
    usedMb: 0,
    freeMb: 100,
    monitoredAt: null,
    health: "healthy",
    error: null,
    chainCount: 0,
    pointCount: 0,
    storedBytes: 0,
    location: "localhost:/backups",
  };
}

const stores = [datastore(100), datastore(101)];
const chained = {
  id: 7,
  mode: "INCREMENT",
  chainDatastore: { id: 101, name: "store 101", imageId: 176 },
  backupConfig: UNCONFIGURED,
} as const;

describe("backupChoice", () => {
  test("an open chain goes on where it lives, whatever datastore is asked for", () => {
    const choice = backupChoice(chained, stores, { reset: false, datastoreId: 100 });
    expect(choice).toMatchObject({ isFull: false, datastoreId: 101, request: { datastoreId: null, reset: false } });
    expect(choice.datastoreReason).toContain("Chain 176 lives in store 101");
  });

  test("a reset may choose, and stays by default", () => {
    expect(backupChoice(chained, stores, { reset: true, datastoreId: 100 }).request).toEqual({
      vmId: 7,
      datastoreId: 100,
      reset: true,
    });
    expect(backupChoice(chained, stores, { reset: true, datastoreId: null }).datastoreId).toBe(101);
  });

  test("the first point must name a datastore", () => {
    const first = { ...chained, chainDatastore: null };
    expect(backupChoice(first, stores, { reset: false, datastoreId: null }).request?.datastoreId).toBe(100);
    expect(backupChoice(first, [], { reset: false, datastoreId: null }).request).toBeNull();
  });

  test("every backup of FULL mode is a full and goes where the last one went", () => {
    const full = { ...chained, mode: "FULL", backupConfig: { ...UNCONFIGURED, lastDatastoreId: 101 } } as const;
    const choice = backupChoice(full, stores, { reset: false, datastoreId: null });
    expect(choice).toMatchObject({ isFull: true, datastoreReason: null, datastoreId: 101 });
  });

  test("a datastore that is gone is not asked for", () => {
    const first = { ...chained, chainDatastore: null };
    expect(backupChoice(first, stores, { reset: false, datastoreId: 999 }).datastoreId).toBe(100);
  });
});
