import { appError } from "./errors";

/**
 * Reading the first bytes of a qcow2 file ourselves, before any qemu tool opens it: a header can name a backing file,
 * an external data file or a `json:` node, and qemu-img would follow it (CVE-2024-32498, CVE-2024-4467).
 * Layout: docs/interop/qcow2.rst of QEMU. All numbers are big-endian.
 */

/** How much of the file `parseQcow2Header` wants to see. Fewer bytes are fine when the header fits. */
export const QCOW2_PROBE_BYTES = 4096;
/** Largest disk we accept, bytes (64 TiB). */
export const QCOW2_MAX_VIRTUAL_SIZE = 64 * 1024 ** 4;

const MAGIC = 0x51_46_49_fb;
const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;
/** QEMU's own bounds: BACKING name 1023 bytes, L1 table 32 MiB. */
const MAX_BACKING_BYTES = 1023;
const MAX_L1_ENTRIES = (32 * 1024 * 1024) / 8;

const DATA_FILE_BIT = 2;
/** dirty, corrupt, data file, compression type, extended L2. */
const KNOWN_INCOMPATIBLE_BITS = 0b1_1111n;

const EXTENSION_END = 0;
const EXTENSION_BACKING_FORMAT = 0xe2_79_2a_ca;
const EXTENSION_DATA_FILE = 0x44_41_54_41;

export interface Qcow2Header {
  version: 2 | 3;
  /** Size of the disk the guest sees, bytes. */
  virtualSize: number;
  clusterBits: number;
  headerLength: number;
  /** 0: no backing file. */
  backingOffset: number;
  backingSize: number;
  /** The backing file name; null when there is none, or when it lies outside the bytes given. */
  backingFile: string | null;
  /** From the header extension, e.g. `qcow2`; null when the file does not say. */
  backingFormat: string | null;
  isDirty: boolean;
  isCorrupt: boolean;
  hasDataFile: boolean;
  isEncrypted: boolean;
  snapshotCount: number;
}

export type Qcow2Result = { ok: true; header: Qcow2Header } | { ok: false; reason: string };

interface Extensions {
  backingFormat: string | null;
  hasDataFile: boolean;
}

/** Parse the start of a qcow2 file; a reason instead of a header when it is not one, or when qemu would refuse it. */
export function parseQcow2Header(bytes: Uint8Array): Qcow2Result {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0) !== MAGIC) return { ok: false, reason: "not a qcow2 file" };
  if (bytes.length < V2_HEADER_BYTES) return { ok: false, reason: "the qcow2 header is cut off" };
  const version = view.getUint32(4);
  if (version !== 2 && version !== 3) return { ok: false, reason: `qcow2 version ${version} is not supported` };
  if (version === 3 && bytes.length < V3_HEADER_BYTES) return { ok: false, reason: "the qcow2 header is cut off" };

  const clusterBits = view.getUint32(20);
  if (clusterBits < 9 || clusterBits > 21)
    return { ok: false, reason: `cluster size 2^${clusterBits} is out of range` };
  const clusterSize = 2 ** clusterBits;
  const headerLength = version === 3 ? view.getUint32(100) : V2_HEADER_BYTES;
  if (version === 3 && (headerLength < V3_HEADER_BYTES || headerLength % 8 !== 0 || headerLength > clusterSize)) {
    return { ok: false, reason: `header length ${headerLength} is out of range` };
  }
  const incompatible = version === 3 ? view.getBigUint64(72) : 0n;
  if ((incompatible & ~KNOWN_INCOMPATIBLE_BITS) !== 0n) {
    return { ok: false, reason: "the file uses qcow2 features that are not known" };
  }

  const virtualSize = view.getBigUint64(24);
  if (virtualSize > BigInt(QCOW2_MAX_VIRTUAL_SIZE)) return { ok: false, reason: "the virtual size is above 64 TiB" };
  const l1Entries = view.getUint32(36);
  const l1Offset = view.getBigUint64(40);
  if (l1Entries > MAX_L1_ENTRIES) return { ok: false, reason: "the L1 table is too large" };
  if (l1Offset % BigInt(clusterSize) !== 0n || l1Offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    return { ok: false, reason: "the L1 table is misplaced" };
  }

  const backing = readBacking(view, bytes, clusterSize);
  if (typeof backing === "string") return { ok: false, reason: backing };
  const extensions = readExtensions(view, bytes, headerLength, backing.backingOffset || clusterSize);
  if (typeof extensions === "string") return { ok: false, reason: extensions };

  return {
    ok: true,
    header: {
      version,
      virtualSize: Number(virtualSize),
      clusterBits,
      headerLength,
      ...backing,
      backingFormat: extensions.backingFormat,
      isDirty: (incompatible & 1n) !== 0n,
      isCorrupt: (incompatible & 2n) !== 0n,
      hasDataFile: ((incompatible >> BigInt(DATA_FILE_BIT)) & 1n) !== 0n || extensions.hasDataFile,
      isEncrypted: view.getUint32(32) !== 0,
      snapshotCount: view.getUint32(60),
    },
  };
}

/**
 * Refuse a header that could make a qemu tool read or write another file, or that it cannot read to the end.
 * `allowBacking`: false refuses every backing file; a list allows exactly those names (our own chain); true any name.
 * Throws PATH_REFUSED, naming `path` when given.
 */
export function assertSafe(
  header: Qcow2Header,
  options: { allowBacking: boolean | readonly string[]; path?: string },
): void {
  const reason = unsafeReason(header, options.allowBacking);
  if (reason !== null) throw appError("PATH_REFUSED", { path: options.path ?? "The qcow2 file", reason });
}

/** Why `assertSafe` would refuse, null when it would not. */
export function unsafeReason(header: Qcow2Header, allowBacking: boolean | readonly string[]): string | null {
  if (header.hasDataFile) return "it keeps its data in another file";
  if (header.isEncrypted) return "it is encrypted";
  if (header.isCorrupt) return "it is marked as corrupt";
  if (header.backingOffset === 0 || allowBacking === true) return null;
  if (allowBacking === false) return "it has a backing file";
  if (header.backingFile !== null && allowBacking.includes(header.backingFile)) return null;
  return "its backing file is not part of the chain";
}

function readBacking(
  view: DataView,
  bytes: Uint8Array,
  clusterSize: number,
): Pick<Qcow2Header, "backingOffset" | "backingSize" | "backingFile"> | string {
  const offset = view.getBigUint64(8);
  const size = view.getUint32(16);
  if (offset === 0n) return { backingOffset: 0, backingSize: 0, backingFile: null };
  if (size > MAX_BACKING_BYTES) return "the backing file name is too long";
  if (offset < BigInt(V2_HEADER_BYTES) || offset + BigInt(size) > BigInt(clusterSize)) {
    return "the backing file name is misplaced";
  }
  const start = Number(offset);
  const isInside = start + size <= bytes.length;
  return {
    backingOffset: start,
    backingSize: size,
    backingFile: isInside ? new TextDecoder().decode(bytes.subarray(start, start + size)) : null,
  };
}

/** Walk the header extensions up to `end`; what lies beyond the given bytes is left unread. */
function readExtensions(view: DataView, bytes: Uint8Array, start: number, end: number): Extensions | string {
  const found: Extensions = { backingFormat: null, hasDataFile: false };
  const last = Math.min(end, bytes.length);
  let at = start;
  while (at + 8 <= last) {
    const type = view.getUint32(at);
    const length = view.getUint32(at + 4);
    if (type === EXTENSION_END) break;
    if (at + 8 + length > end) return "a header extension is too long";
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === EXTENSION_BACKING_FORMAT) found.backingFormat = new TextDecoder().decode(data);
    if (type === EXTENSION_DATA_FILE) found.hasDataFile = true;
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return found;
}
