/**
 * A new qcow2 file whose data lies in the order of the guest's disk: where every cluster goes, and the tables that say
 * so. Version 3, clusters of 64 KiB, no backing file, no zero clusters: what has no data is not allocated.
 */
import type { ExtentList } from "./chain-map";

export const CLUSTER = 65_536;
const ENTRIES = CLUSTER / 8;
/** Guest bytes that one table of the second level names. */
const TABLE_SPAN = CLUSTER * ENTRIES;
const REFCOUNTS = CLUSTER / 2;
const COPIED = 1n << 63n;
const HEADER_BYTES = 104;

export interface Layout {
  /** Length of the whole file. */
  fileBytes: number;
  /** First byte of the data clusters. */
  dataStart: number;
  /** Pieces of metadata with their places in the file. */
  metadata(): Iterable<{ offset: number; bytes: Buffer }>;
}

/** Guest clusters that the extents touch, in order. */
export function* touchedClusters(extents: ExtentList): Generator<number> {
  let last = -1;
  for (let index = 0; index < extents.count; index += 1) {
    const { start, length } = extents.at(index);
    const end = Math.ceil((start + length) / CLUSTER);
    for (let cluster = Math.max(last + 1, Math.floor(start / CLUSTER)); cluster < end; cluster += 1) {
      last = cluster;
      yield cluster;
    }
  }
}

/** @param virtualSize guest-visible bytes */
export function qcow2Layout(extents: ExtentList, virtualSize: number): Layout {
  let dataClusters = 0;
  let tables = 0;
  let lastTable = -1;
  for (const cluster of touchedClusters(extents)) {
    dataClusters += 1;
    const table = Math.floor(cluster / ENTRIES);
    if (table === lastTable) continue;
    tables += 1;
    lastTable = table;
  }
  const l1Entries = Math.max(1, Math.ceil(virtualSize / TABLE_SPAN));
  const l1Clusters = Math.ceil(l1Entries / ENTRIES);
  // The refcounts count themselves.
  let blocks = 1;
  let blockTable = 1;
  const clustersWith = () => 1 + blockTable + blocks + l1Clusters + tables + dataClusters;
  for (;;) {
    const needed = Math.ceil(clustersWith() / REFCOUNTS);
    const neededTable = Math.ceil(needed / ENTRIES);
    if (needed === blocks && neededTable === blockTable) break;
    [blocks, blockTable] = [needed, neededTable];
  }
  const total = clustersWith();
  const at = {
    blockTable: CLUSTER,
    blocks: CLUSTER * (1 + blockTable),
    l1: CLUSTER * (1 + blockTable + blocks),
    l2: CLUSTER * (1 + blockTable + blocks + l1Clusters),
    data: CLUSTER * (1 + blockTable + blocks + l1Clusters + tables),
  };

  function* metadata(): Generator<{ offset: number; bytes: Buffer }> {
    const l1 = Buffer.alloc(l1Clusters * CLUSTER);
    let bytes = Buffer.alloc(CLUSTER);
    let [table, written, data] = [-1, 0, 0];
    for (const cluster of touchedClusters(extents)) {
      const next = Math.floor(cluster / ENTRIES);
      if (next !== table) {
        if (table >= 0) yield { offset: at.l2 + (written - 1) * CLUSTER, bytes };
        bytes = Buffer.alloc(CLUSTER);
        table = next;
        l1.writeBigUInt64BE(BigInt(at.l2 + written * CLUSTER) | COPIED, table * 8);
        written += 1;
      }
      bytes.writeBigUInt64BE(BigInt(at.data + data * CLUSTER) | COPIED, (cluster % ENTRIES) * 8);
      data += 1;
    }
    if (table >= 0) yield { offset: at.l2 + (written - 1) * CLUSTER, bytes };
    yield { offset: at.l1, bytes: l1 };
    const refs = Buffer.alloc(blockTable * CLUSTER);
    for (let block = 0; block < blocks; block += 1) {
      refs.writeBigUInt64BE(BigInt(at.blocks + block * CLUSTER), block * 8);
      const counts = Buffer.alloc(CLUSTER);
      const used = Math.min(REFCOUNTS, total - block * REFCOUNTS);
      for (let index = 0; index < used; index += 1) counts.writeUInt16BE(1, index * 2);
      yield { offset: at.blocks + block * CLUSTER, bytes: counts };
    }
    yield { offset: at.blockTable, bytes: refs };
    yield { offset: 0, bytes: header(virtualSize, l1Entries, at, blockTable) };
  }

  return { fileBytes: total * CLUSTER, dataStart: at.data, metadata };
}

function header(
  virtualSize: number,
  l1Entries: number,
  at: { blockTable: number; l1: number },
  blockTable: number,
): Buffer {
  const bytes = Buffer.alloc(CLUSTER);
  bytes.write("QFI\u00fb", 0, "latin1");
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20); // log2 of the cluster size
  bytes.writeBigUInt64BE(BigInt(virtualSize), 24);
  bytes.writeUInt32BE(l1Entries, 36);
  bytes.writeBigUInt64BE(BigInt(at.l1), 40);
  bytes.writeBigUInt64BE(BigInt(at.blockTable), 48);
  bytes.writeUInt32BE(blockTable, 56);
  bytes.writeUInt32BE(4, 96); // log2 of the bits of a refcount
  bytes.writeUInt32BE(HEADER_BYTES, 100);
  return bytes;
}
