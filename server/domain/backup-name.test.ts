import { describe, expect, it } from "vitest";
import { backupName } from "./backup-name";

describe("backupName", () => {
  it.each([
    [162, "2026-07-19T13:00:49Z", "Europe/Madrid", "162 19-Jul 15.00.49"],
    [0, "2026-12-01T00:00:00Z", "UTC", "0 01-Dec 00.00.00"],
    [1, "2026-01-01T05:30:09Z", "America/New_York", "1 01-Jan 00.30.09"],
  ])("of VM %d", (vmId, at, zone, expected) => {
    expect(backupName(vmId, new Date(at), zone)).toBe(expected);
  });
});
