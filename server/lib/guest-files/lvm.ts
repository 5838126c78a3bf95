import { runOnDisk } from "./sandbox";

/** Metadata of LVM is text; a volume group of thousands of volumes has some hundred KiB. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
const SECTOR = 512;
const READ_MS = 20_000;
const MAX_VOLUMES = 64;

export interface LogicalVolume {
  name: string;
  /** First byte in the disk. */
  offset: number;
  bytes: number;
  problem: string | null;
}

interface Found {
  volumes: LogicalVolume[];
  problem: string | null;
}

/**
 * The logical volumes of a physical volume, from the text that LVM keeps in it: nothing is activated. Those that lie in
 * one piece on it can be read in place.
 */
export async function logicalVolumes(
  disk: string,
  area: { offset: number; bytes: number },
  signal: AbortSignal,
): Promise<Found> {
  const no = (problem: string): Found => ({ volumes: [], problem });
  const head = await readBytes(disk, area.offset, 8 * SECTOR, signal);
  const at = [0, 1, 2, 3].map((sector) => sector * SECTOR).find((each) => ascii(head, each, 8) === "LABELONE");
  if (at === undefined) return no("The label of the physical volume of LVM is damaged.");
  const pv = at + head.readUInt32LE(at + 20);
  if (pv + 40 > head.length) return no("The label of the physical volume of LVM is damaged.");
  const uuid = ascii(head, pv, 32);
  const metadataAt = metadataArea(head, pv + 40);
  if (metadataAt === null) return no("This physical volume of LVM holds no description of its volumes.");
  const text = await metadataText(disk, area.offset + metadataAt, signal);
  const group = text === null ? null : parseGroup(text);
  if (group === null) return no("The description of the volumes of LVM cannot be read.");
  return { volumes: volumesOn(group, uuid, area), problem: null };
}

/** Offset of the first metadata area: after the data areas, both lists end with an empty entry. */
function metadataArea(head: Buffer, from: number): number | null {
  let at = from;
  for (let list = 0; at + 16 <= head.length; at += 16) {
    const offset = Number(head.readBigUInt64LE(at));
    if (list === 1) return offset === 0 ? null : offset;
    if (offset === 0) list = 1;
  }
  return null;
}

/** The text of an area, which is a ring: it may run over the end to its start, behind the header. */
async function metadataText(disk: string, at: number, signal: AbortSignal): Promise<string | null> {
  const header = await readBytes(disk, at, SECTOR, signal);
  if (header.length < SECTOR || ascii(header, 4, 16) !== " LVM2 x[5A%r0N*>") return null;
  const areaBytes = Number(header.readBigUInt64LE(32));
  const offset = Number(header.readBigUInt64LE(40));
  const bytes = Number(header.readBigUInt64LE(48));
  if (bytes === 0 || bytes > MAX_TEXT_BYTES || offset < SECTOR || offset >= areaBytes) return null;
  const first = Math.min(bytes, areaBytes - offset);
  const text = await readBytes(disk, at + offset, first, signal);
  const wrapped = first < bytes ? await readBytes(disk, at + SECTOR, bytes - first, signal) : Buffer.alloc(0);
  return Buffer.concat([text, wrapped]).toString("utf8");
}

/** Some bytes of the disk, which hold no data of people; whole sectors are read. */
async function readBytes(disk: string, offset: number, bytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const from = Math.floor(offset / SECTOR);
  const count = Math.ceil((offset + bytes) / SECTOR) - from;
  const words = ["if=DISK", `bs=${SECTOR}`, `skip=${from}`, `count=${count}`, "status=none"];
  await runOnDisk(disk, ["dd", ...words.map((word) => word.replace("DISK", "/proc/self/fd/3"))], {
    signal,
    timeoutMs: READ_MS,
    onOutput: (output) => output.on("data", (chunk: Buffer) => chunks.push(chunk)),
  });
  const skipped = offset - from * SECTOR;
  return Buffer.concat(chunks).subarray(skipped, skipped + bytes);
}

function ascii(bytes: Buffer, at: number, length: number): string {
  return bytes.subarray(at, at + length).toString("latin1");
}

type Value = string | Value[] | Section;
type Section = Map<string, Value>;

function section(value: Value | undefined): Section {
  return value instanceof Map ? value : new Map();
}
function number(value: Value | undefined): number {
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : 0;
}
function list(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

function volumesOn(group: { name: string; content: Section }, uuid: string, area: { offset: number; bytes: number }) {
  const extentBytes = number(group.content.get("extent_size")) * SECTOR;
  const isOurs = (pv: Section) => String(pv.get("id") ?? "").replaceAll("-", "") === uuid;
  const ours = [...section(group.content.get("physical_volumes"))].find(([, pv]) => isOurs(section(pv)));
  const start = number(section(ours?.[1]).get("pe_start")) * SECTOR;
  const volumes: LogicalVolume[] = [];
  for (const [name, value] of section(group.content.get("logical_volumes"))) {
    const lv = section(value);
    if (!list(lv.get("status")).includes("VISIBLE") || volumes.length >= MAX_VOLUMES) continue;
    const segments = [...lv].filter(([key]) => /^segment\d+$/.test(key)).map(([, each]) => section(each));
    const bytes = segments.reduce((sum, each) => sum + number(each.get("extent_count")), 0) * extentBytes;
    const stripes = list(segments[0]?.get("stripes"));
    const isPlain = segments[0]?.get("type") === "striped" && stripes.length === 2;
    // It belongs to the disk that holds its first piece.
    if (isPlain && stripes[0] !== ours?.[0]) continue;
    const offset = area.offset + start + number(stripes[1]) * extentBytes;
    const isInside = bytes > 0 && offset + bytes <= area.offset + area.bytes;
    const problem =
      segments.length === 1 && isPlain && isInside
        ? null
        : "It does not lie in one piece on this disk (several pieces, striped, thin or cached). Restore the VM to read it.";
    volumes.push({ name: `${group.name}/${name}`, offset: problem === null ? offset : area.offset, bytes, problem });
  }
  return volumes;
}

/** LVM's text format: `name { … }`, `name = value`, lists in brackets. Null when it is something else. */
export function parseGroup(text: string): { name: string; content: Section } | null {
  const tokens = text.match(/#[^\n]*|"(?:[^"\\]|\\.)*"|[{}[\]=,]|[^\s{}[\]=,"#]+/g)?.filter((word) => word[0] !== "#");
  if (tokens === undefined) return null;
  let at = 0;
  const value = (depth: number): Value => {
    const word = tokens[at++] ?? "";
    if (word !== "[" || depth > 8) return word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, "$1") : word;
    const items: Value[] = [];
    while (at < tokens.length && tokens[at] !== "]") {
      if (tokens[at] === ",") at += 1;
      else items.push(value(depth + 1));
    }
    at += 1;
    return items;
  };
  const body = (depth: number): Section => {
    const content: Section = new Map();
    while (at < tokens.length && tokens[at] !== "}") {
      const key = tokens[at++] ?? "";
      const sign = tokens[at++];
      if (sign === "=") content.set(key, value(0));
      else if (sign === "{" && depth < 8) content.set(key, body(depth + 1));
      else return content;
    }
    at += 1;
    return content;
  };
  const top = body(0);
  const [group] = [...top].filter(([, each]) => each instanceof Map);
  return group === undefined ? null : { name: group[0], content: section(group[1]) };
}
