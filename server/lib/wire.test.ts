import { describe, expect, it } from "vitest";
import {
  decodeStdin,
  encodeStdin,
  failureReason,
  formatMeaning,
  MAX_DOCUMENT_BYTES,
  type Meaning,
  parseBackupAnswer,
  parseCopyAnswer,
  parseLogLine,
  parseMeaning,
  parseMonitorAnswer,
  parseSizeAnswer,
} from "./wire";

const SHA = "ab".repeat(32);
const MEANINGS: Meaning[] = [
  { kind: "progress", done: 5, total: 10 },
  { kind: "progress-disk", diskId: 3, done: 0, total: 1_099_511_627_776 },
  { kind: "disk", disk: { id: 0, virtualSize: 1_073_741_824, file: "disk.0.3", bytes: 123, bitmap: "one-7-3" } },
  { kind: "frozen", ms: 160 },
  { kind: "chain-reset", reason: "bitmap one-7-2 of disk 0 is gone" },
  {
    kind: "manifest",
    manifest: {
      version: 1,
      vmId: 7,
      backupId: "0123456789abcdef01234567",
      incrementId: 0,
      type: "FULL",
      parentId: -1,
      createdAt: "2026-01-01T00:00:00.000Z",
      tool: "strata 0.1.0",
      vmXmlSha256: SHA,
      disks: [{ id: 0, file: "disk.0.0", bytes: 1, sha256: SHA, virtualSize: 2, bitmap: null }],
    },
  },
];

describe("log lines", () => {
  it.each([
    ["INFO: all fine", { level: "INFO", text: "all fine" }],
    ["ERROR:prebackup: x", { level: "ERROR", text: "prebackup: x" }],
    ["WARN:", { level: "WARN", text: "" }],
    ["Error: no", null],
    [" INFO: indented", null],
    ["qemu-img: Could not open", null],
    ["", null],
  ])("%s", (line, expected) => {
    expect(parseLogLine(line)).toEqual(expected);
  });

  it.each(MEANINGS)("survive the way there and back: $kind", (meaning) => {
    const line = parseLogLine(formatMeaning(meaning));
    expect(line).not.toBeNull();
    expect(line && parseMeaning(line)).toEqual(meaning);
  });

  it.each([
    "progress",
    "progress 5",
    "progress -1/5",
    "progress 1e9/5",
    "progress-disk x 1/2",
    "progress-disk 1/2",
    "disk {",
    'disk {"id":-1,"virtualSize":1,"file":"f","bytes":1,"bitmap":null}',
    "manifest []",
    "chain-reset",
    "progressive 1/2",
  ])("a foreign or malformed line is only a line: %s", (text) => {
    expect(parseMeaning({ level: "INFO", text })).toBeNull();
  });

  it("only INFO carries meaning", () => {
    expect(parseMeaning({ level: "DEBUG", text: "progress 1/2" })).toBeNull();
  });

  it("a reason of several lines stays one line", () => {
    expect(formatMeaning({ kind: "chain-reset", reason: "a\nINFO: b" })).toBe("INFO: chain-reset a INFO: b");
  });
});

describe("failureReason", () => {
  it("joins what is not a log line with a blank", () => {
    expect(failureReason("INFO: progress 1/2\nssh: no route\r\n  to host \nERROR: x\n\n")).toBe(
      "ssh: no route to host",
    );
    expect(failureReason("")).toBe("");
  });
});

describe("stdin", () => {
  it.each(["raw", "base64"] as const)("%s there and back", (form) => {
    const xml = "<VM><NAME>zażółć</NAME></VM>";
    expect(decodeStdin(form, encodeStdin(form, xml))).toBe(xml);
  });
  it("takes base64 with line breaks, refuses other text", () => {
    expect(decodeStdin("base64", "PFZN\nLz4=\n")).toBe("<VM/>");
    expect(() => decodeStdin("base64", "<VM/>")).toThrow("not base64");
  });
  it("is bounded on both sides", () => {
    const large = "x".repeat(MAX_DOCUMENT_BYTES + 1);
    expect(() => encodeStdin("raw", large)).toThrow("4 MiB");
    expect(() => decodeStdin("raw", large)).toThrow("4 MiB");
    expect(() => decodeStdin("base64", Buffer.from(`${large}xxxxxx`).toString("base64"))).toThrow("4 MiB");
    expect(decodeStdin("base64", encodeStdin("base64", "x".repeat(MAX_DOCUMENT_BYTES)))).toHaveLength(
      MAX_DOCUMENT_BYTES,
    );
  });
  it("none is empty", () => {
    expect(encodeStdin("none", "<VM/>")).toBe("");
  });
});

describe("answers", () => {
  it.each([
    ["aabbcc 120 raw\n", { backupId: "aabbcc", sizeMb: 120, format: "raw" }],
    ["aabbcc 0", { backupId: "aabbcc", sizeMb: 0, format: "raw" }],
    ["\naabbcc  7  rbd\nmore", { backupId: "aabbcc", sizeMb: 7, format: "rbd" }],
    ["", null],
    ["aabbcc", null],
    ["aabbcc x raw", null],
    ["aabbcc 1 raw more", null],
  ])("backup %j", (stdout, expected) => {
    expect(parseBackupAnswer(stdout)).toEqual(expected);
  });

  it.each([
    ["USED_MB=2983M\nTOTAL_MB=10000M\nFREE_MB=7017M\n", { usedMb: 2983, totalMb: 10_000, freeMb: 7017, repoId: null }],
    ['FREE_MB="1" USED_MB = 2 TOTAL_MB=3.6', { usedMb: 2, totalMb: 4, freeMb: 1, repoId: null }],
    [
      "USED_MB=1\nTOTAL_MB=2\nFREE_MB=3\nREPO_ID=0123abcdef",
      { usedMb: 1, totalMb: 2, freeMb: 3, repoId: "0123abcdef" },
    ],
    ["USED_MB=1\nTOTAL_MB=2\nFREE_MB=3\nREPO_ID=0123abcdefx", { usedMb: 1, totalMb: 2, freeMb: 3, repoId: null }],
    ["USED_MB=1\nTOTAL_MB=2", null],
    ["XUSED_MB=1\nTOTAL_MB=2\nFREE_MB=3", null],
  ])("monitor %j", (stdout, expected) => {
    expect(parseMonitorAnswer(stdout)).toEqual(expected);
  });

  it.each([
    ["/var/lib/one/1/abc qcow2\n", { source: "/var/lib/one/1/abc", format: "qcow2" }],
    ["/with blank/x raw", { source: "/with blank/x", format: "raw" }],
    ["relative raw", null],
    ["/only", null],
  ])("cp %j", (stdout, expected) => {
    expect(parseCopyAnswer(stdout)).toEqual(expected);
  });

  it("stat", () => {
    expect([parseSizeAnswer("512\n"), parseSizeAnswer("512M"), parseSizeAnswer("")]).toEqual([512, null, null]);
  });
});
