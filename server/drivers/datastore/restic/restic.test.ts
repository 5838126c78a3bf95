import { describe, expect, it } from "vitest";
import { deadLocks } from "./locks";
import { failureOf } from "./restic";
import { snapshotOf } from "./snapshots";
import { isAtLeast } from "./store";

describe("failureOf", () => {
  it.each([
    [1, "Fatal: wrong password or no key found", "password"],
    [12, "", "password"],
    [1, "unable to create lock in backend: repository is already locked exclusively by PID 7 on a by root", "locked"],
    [11, "", "locked"],
    [10, "", "missing"],
    [
      1,
      "Fatal: unable to open config file: stat /r/config: no such file or directory\nIs there a repository at the following location?\n/r",
      "missing",
    ],
    [
      1,
      "Fatal: unable to open config file: Lstat: file does not exist\nIs there a repository at the following location?\nsftp:x",
      "missing",
    ],
    // Nothing may be initialised where one cannot look.
    [
      1,
      "Fatal: unable to open config file: stat /r/config: permission denied\nIs there a repository at the following location?\n/r",
      "other",
    ],
    [3, "", "incomplete"],
    [1, "Fatal: save /r/data: no space left on device", "other"],
  ])("%i %s", (exitCode, stderr, failure) => {
    expect(failureOf({ exitCode, stderr })).toBe(failure);
  });
});

describe("deadLocks", () => {
  const id = (digit: string) => digit.repeat(64);
  const lock = (hostname: string, pid: number) =>
    JSON.stringify({ time: "2026-01-01T00:00:00Z", exclusive: true, hostname, pid });

  it("takes only locks of the machine that looked, of processes that are gone", () => {
    const listing = [
      "host server-1",
      `lock ${id("a")} dead ${lock("server-1", 12)}`,
      `lock ${id("b")} alive ${lock("server-1", 13)}`,
      `lock ${id("c")} dead ${lock("server-2", 12)}`,
      `lock ../config dead ${lock("server-1", 12)}`,
      `lock ${id("d")} dead {}`,
    ].join("\n");
    expect(deadLocks(listing)).toEqual([id("a")]);
  });
});

describe("snapshotOf", () => {
  const snapshot = (id: string, tags: string[]) => ({ id: id.padEnd(64, "0"), time: "", paths: [], tags });

  it("finds ours by tag, the merged one first, and those of other programs by an unambiguous beginning", () => {
    const old = snapshot("aa", ["one-1", "strata-0123456789abcdef01234567"]);
    const merged = snapshot("bb", ["one-1", "strata-0123456789abcdef01234567", "strata-merged"]);
    const foreign = snapshot("1e00382b", ["one-1"]);
    const all = [old, merged, foreign, snapshot("cccccc1", []), snapshot("cccccc2", [])];
    expect(snapshotOf([old], "0123456789abcdef01234567")).toBe(old);
    expect(snapshotOf(all, "0123456789abcdef01234567")).toBe(merged);
    expect(snapshotOf(all, "1e00382b")).toBe(foreign);
    expect(snapshotOf(all, "cccccc")).toBeUndefined();
  });
});

describe("isAtLeast", () => {
  it.each([
    ["0.14.0", true],
    ["0.13.1", false],
    ["0.9.6", false],
    ["0.18.1", true],
    ["1.0", true],
  ])("%s", (version, expected) => {
    expect(isAtLeast(version, [0, 14])).toBe(expected);
  });
});
