/**
 * What the test guest writes, and how a restored disk proves that it is one point in time.
 *
 * Record n goes into slot n % SLOTS of every disk, first disk first, and is synced before anything else is written. So
 * at any instant a disk holds exactly the last SLOTS records without a gap, and a later disk is at most one record
 * behind the one before it. A copy whose parts are of different instants breaks one of the two rules.
 */
import { open, rm } from "node:fs/promises";
import { tool } from "./disks";

export const SECTOR_BYTES = 4096;
export const SLOTS = 31;
/** Far apart, so that each record is a cluster of its own. The first slot is left free. */
export const SLOT_BYTES = 1024 * 1024;
/** The smallest disk that holds all slots. */
export const RECORD_DISK_BYTES = (SLOTS + 1) * SLOT_BYTES;

/**
 * The number of the newest record on each disk.
 * @param names disks as qemu-img reads them (`json:` names), in the guest's order
 * @param scratch a file that may be overwritten
 * @throws when a disk, or the disks together, are not of one instant
 */
export async function readRecords(names: readonly string[], scratch: string): Promise<number[]> {
  const newest: number[] = [];
  for (const name of names) newest.push(newestOf(await readSlots(name, scratch), name));
  for (const [index, last] of newest.entries()) {
    const before = newest[index - 1];
    if (before !== undefined && (before < last || before > last + 1)) {
      throw new Error(`the disks are of different instants: ${newest.join(", ")}`);
    }
  }
  return newest;
}

async function readSlots(name: string, scratch: string): Promise<number[]> {
  await tool("qemu-img", "convert", "-O", "raw", name, scratch);
  const file = await open(scratch, "r");
  try {
    const records: number[] = [];
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const { buffer } = await file.read(Buffer.alloc(SECTOR_BYTES), 0, SECTOR_BYTES, (slot + 1) * SLOT_BYTES);
      records.push(numberIn(buffer, slot));
    }
    return records;
  } finally {
    await file.close();
    await rm(scratch, { force: true });
  }
}

/** 0: never written. */
function numberIn(block: Buffer, slot: number): number {
  if (block.every((byte) => byte === 0)) return 0;
  const [, first, second] = /^S(\d{10}) +E(\d{10})$/.exec(block.toString("latin1")) ?? [];
  if (first === undefined || first !== second) throw new Error(`slot ${slot} holds half a record`);
  if (Number(first) % SLOTS !== slot) throw new Error(`slot ${slot} holds record ${first}`);
  return Number(first);
}

function newestOf(records: readonly number[], name: string): number {
  const last = Math.max(...records);
  const expected = Array.from({ length: SLOTS }, (_, back) => Math.max(last - back, 0)).sort((a, b) => a - b);
  const found = [...records].sort((a, b) => a - b);
  if (found.some((record, index) => record !== expected[index])) {
    throw new Error(`${name} is not of one instant: records ${found.join(", ")}`);
  }
  return last;
}
