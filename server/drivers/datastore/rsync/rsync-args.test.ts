import { describe, expect, it } from "vitest";
import { parseRsyncArgs } from "./rsync-args";

describe("parseRsyncArgs", () => {
  it.each([
    ["", []],
    ["  ", []],
    ["-aS", ["-aS"]],
    ["-a -z --bwlimit=20m --timeout=60", ["-a", "-z", "--bwlimit=20m", "--timeout=60"]],
    ["-aSW --inplace --partial --numeric-ids --zc=zstd --zl=3", null],
  ])("takes %j", (text, words) => {
    expect(parseRsyncArgs(text)).toEqual(words ?? text.split(" "));
  });

  it.each([
    "-e /bin/sh",
    "-ae",
    "--rsh=/bin/sh",
    "--rsync-path=/x",
    "--log-file=/etc/cron.d/x",
    "--files-from=/etc/passwd",
    "--remove-source-files",
    "--delete",
    "--delete-after",
    "--write-batch=/x",
    "-M--log-file=/x",
    "--bwlimit=$(id)",
    "--bwlimit=1;id",
    "--zc=../x",
    "/etc/passwd",
    "--",
    "--archive=x",
    "-a\u0000",
  ])("refuses %j", (text) => {
    expect(() => parseRsyncArgs(`-a ${text}`)).toThrow(/is not allowed/);
  });
});
