import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "./errors";
import { assertSafe, parseQcow2Header, type Qcow2Header, unsafeReason } from "./qcow2-header";

interface Fields {
  version?: number;
  virtualSize?: bigint;
  clusterBits?: number;
  headerLength?: number;
  backingOffset?: bigint;
  backing?: string;
  backingSize?: number;
  incompatible?: bigint;
  crypt?: number;
  l1Entries?: number;
  l1Offset?: bigint;
  snapshots?: number;
  extensions?: { type: number; data: string }[];
  total?: number;
}

function image(fields: Fields = {}): Uint8Array {
  const bytes = new Uint8Array(fields.total ?? 4096);
  const full = new Uint8Array(4096);
  const view = new DataView(full.buffer);
  const encode = new TextEncoder();
  view.setUint32(0, 0x51_46_49_fb);
  view.setUint32(4, fields.version ?? 3);
  const backing = encode.encode(fields.backing ?? "");
  const offset = fields.backingOffset ?? (backing.length > 0 ? 2048n : 0n);
  view.setBigUint64(8, offset);
  view.setUint32(16, fields.backingSize ?? backing.length);
  if (offset < 4000n) full.set(backing, Number(offset) || 4000);
  view.setUint32(20, fields.clusterBits ?? 16);
  view.setBigUint64(24, fields.virtualSize ?? 1_073_741_824n);
  view.setUint32(32, fields.crypt ?? 0);
  view.setUint32(36, fields.l1Entries ?? 2);
  view.setBigUint64(40, fields.l1Offset ?? 196_608n);
  view.setUint32(60, fields.snapshots ?? 0);
  view.setBigUint64(72, fields.incompatible ?? 0n);
  view.setUint32(100, fields.headerLength ?? 112);
  let at = fields.headerLength ?? 112;
  for (const { type, data } of fields.extensions ?? []) {
    view.setUint32(at, type);
    view.setUint32(at + 4, data.length);
    full.set(encode.encode(data), at + 8);
    at += 8 + Math.ceil(data.length / 8) * 8;
  }
  bytes.set(full.subarray(0, bytes.length));
  return bytes;
}

function header(fields: Fields = {}): Qcow2Header {
  const result = parseQcow2Header(image(fields));
  if (!result.ok) throw new Error(result.reason);
  return result.header;
}

describe("parseQcow2Header", () => {
  it("reads a plain version 3 header", () => {
    expect(header()).toEqual({
      version: 3,
      virtualSize: 1_073_741_824,
      clusterBits: 16,
      headerLength: 112,
      backingOffset: 0,
      backingSize: 0,
      backingFile: null,
      backingFormat: null,
      isDirty: false,
      isCorrupt: false,
      hasDataFile: false,
      isEncrypted: false,
      snapshotCount: 0,
    });
  });

  it("reads the backing file and its format", () => {
    const read = header({ backing: "disk.0.0", extensions: [{ type: 0xe2_79_2a_ca, data: "qcow2" }] });
    expect(read).toMatchObject({ backingFile: "disk.0.0", backingSize: 8, backingFormat: "qcow2" });
  });

  it("leaves a name outside the given bytes unread but keeps the offset", () => {
    expect(header({ backing: "disk.0.0", total: 1024 })).toMatchObject({ backingFile: null, backingOffset: 2048 });
  });

  it.each<[string, Fields]>([
    ["version 4 is not supported", { version: 4 }],
    ["above 64 TiB", { virtualSize: 64n * 1024n ** 4n + 1n }],
    ["out of range", { clusterBits: 8 }],
    ["out of range", { clusterBits: 22 }],
    ["header length 96", { headerLength: 96 }],
    ["header length 109", { headerLength: 109 }],
    ["not known", { incompatible: 1n << 40n }],
    ["L1 table is too large", { l1Entries: 5_000_000 }],
    ["L1 table is misplaced", { l1Offset: 7n }],
    ["name is too long", { backing: "x", backingSize: 1024 }],
    ["name is misplaced", { backing: "x", backingOffset: 1n << 60n }],
    ["name is misplaced", { backing: "x", backingOffset: 8n }],
    ["cut off", { total: 80 }],
    ["cut off", { total: 40 }],
  ])("refuses: %s", (reason, fields) => {
    const result = parseQcow2Header(image(fields));
    expect(result.ok ? "" : result.reason).toContain(reason);
  });

  it("refuses a header extension that runs past the header", () => {
    const bytes = image({ extensions: [{ type: 1, data: "x" }] });
    new DataView(bytes.buffer).setUint32(116, 0xff_ff_ff_ff);
    expect(parseQcow2Header(bytes)).toEqual({ ok: false, reason: "a header extension is too long" });
  });

  it("refuses what is not qcow2", () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(4096)]) {
      expect(parseQcow2Header(bytes)).toEqual({ ok: false, reason: "not a qcow2 file" });
    }
  });

  it("accepts exactly 64 TiB and a view into a larger buffer", () => {
    const inner = image({ virtualSize: 64n * 1024n ** 4n });
    const outer = new Uint8Array(5000);
    outer.set(inner, 100);
    const result = parseQcow2Header(outer.subarray(100, 100 + 4096));
    expect(result.ok && result.header.virtualSize).toBe(64 * 1024 ** 4);
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, isQcow2) => {
        const bytes = isQcow2 ? new Uint8Array([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3, ...tail]) : tail;
        const result = parseQcow2Header(bytes);
        expect(typeof result.ok).toBe("boolean");
      }),
    );
  });
});

describe("assertSafe", () => {
  it.each<[string, Fields, boolean | string[], string | null]>([
    ["a plain file", {}, false, null],
    ["a data file bit", { incompatible: 4n }, true, "another file"],
    [
      "a data file name without the bit",
      { extensions: [{ type: 0x44_41_54_41, data: "/etc/shadow" }] },
      true,
      "another",
    ],
    ["encryption", { crypt: 2 }, true, "encrypted"],
    ["the corrupt bit", { incompatible: 2n }, true, "corrupt"],
    ["the dirty bit", { incompatible: 1n }, false, null],
    ["any backing file", { backing: "/etc/shadow" }, false, "backing file"],
    ["a foreign backing file", { backing: "json:{}" }, ["disk.0.0"], "not part of the chain"],
    ["our backing file", { backing: "disk.0.0" }, ["disk.0.0"], null],
    ["a backing file that lies outside the bytes", { backing: "disk.0.0", total: 1024 }, ["disk.0.0"], "not part"],
    ["any backing file when allowed", { backing: "/x" }, true, null],
  ])("%s", (_name, fields, allowBacking, expected) => {
    const read = header(fields);
    const reason = unsafeReason(read, allowBacking);
    if (expected === null) {
      expect(reason).toBeNull();
      expect(() => assertSafe(read, { allowBacking })).not.toThrow();
    } else {
      expect(reason).toContain(expected);
      expect(() => assertSafe(read, { allowBacking, path: "/x" })).toThrow(AppError);
    }
  });
});
