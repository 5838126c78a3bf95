/** QEMU's screen dump, a PPM file, as a PNG: the format of the dump exists in every version, PNG does not. */
import { crc32, deflateSync } from "node:zlib";

export interface Screen {
  width: number;
  height: number;
  /** Three bytes a pixel. */
  pixels: Uint8Array;
}

const MAX_SIDE = 8192;

/** Read a binary PPM; null when it is not a whole one. The guest decides what is in it. */
export function parsePpm(bytes: Uint8Array): Screen | null {
  const head = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  const match = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(head);
  if (match === null) return null;
  const [all, widthText, heightText] = match;
  const width = Number(widthText);
  const height = Number(heightText);
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) return null;
  const pixels = bytes.subarray(all.length);
  if (pixels.length < width * height * 3) return null;
  return { width, height, pixels: pixels.subarray(0, width * height * 3) };
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The screen as a PNG of 8 bits a colour. */
export function toPng({ width, height, pixels }: Screen): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, no filter, not interlaced
  const row = width * 3;
  const lines = Buffer.alloc((row + 1) * height); // each line begins with its filter, 0: none
  for (let y = 0; y < height; y++) lines.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
