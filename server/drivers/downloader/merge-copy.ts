/** Reading the files of a chain once, each from its beginning to its end, into one new file. */
import { createHash } from "node:crypto";
import { constants, fdatasync, read, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { throwIfCancelled } from "../action";
import { DIRECT_UNIT, directBuffers, openDirect } from "../direct";
import type { ConvertOptions } from "./convert";

/** One read; with the buffers, what the copy keeps in memory. */
const CHUNK = 1024 * 1024;
const BUFFERS = 8;
/** Written bytes after which the device is sent to work, so that the last sync has little left to wait for. */
const FLUSH_EVERY = 256 * 1024 * 1024;

/** A range of one file and its place in the new one. */
export interface Piece {
  from: number;
  to: number;
  length: number;
}

export interface PieceSource {
  handle: FileHandle;
  /** Read it to its end, also where nothing is to be taken. */
  isHashed: boolean;
}

/**
 * Copy `pieces` (by file, each in the order of that file) into `part`, a file that has its length and nothing in it.
 * @returns SHA-256 of each file, null where none was asked for
 */
export async function copyPieces(
  sources: readonly PieceSource[],
  pieces: readonly (readonly Piece[])[],
  part: string,
  { total, signal, onProgress }: ConvertOptions,
): Promise<(string | null)[]> {
  const lengths: number[] = [];
  for (const { handle } of sources) lengths.push((await handle.stat()).size);
  const toRead = lengths.reduce((sum, length) => sum + length, 0);
  const direct = pieces.every((list) => list.every(isWhole)) ? await openDirect(part) : null;
  const target = direct ?? (await open(part, constants.O_WRONLY | constants.O_NOFOLLOW));
  const writer = new Writer(target.fd, direct === null ? 1 : DIRECT_UNIT);
  const sums: (string | null)[] = [];
  let before = 0;
  try {
    for (const [index, source] of sources.entries()) {
      const length = lengths[index] ?? 0;
      const onRead = (at: number) => onProgress(((before + Math.min(at, length)) / toRead) * total);
      sums.push(await copyFile(source, blocksOf(length, pieces[index] ?? [], source.isHashed), writer, signal, onRead));
      before += length;
    }
  } finally {
    await writer.settle();
    await target.close();
  }
  writer.throwIfFailed();
  onProgress(total);
  return sums;
}

/** Whether it can be written past the page cache. */
function isWhole({ from, to, length }: Piece): boolean {
  return from % DIRECT_UNIT === 0 && to % DIRECT_UNIT === 0 && length % DIRECT_UNIT === 0;
}

interface Block {
  at: number;
  /** That begin before its end and end behind its beginning; a hostile file may name a range twice. */
  pieces: readonly Piece[];
}

/** The blocks of a file that have to be read. */
function* blocksOf(length: number, pieces: readonly Piece[], isHashed: boolean): Generator<Block> {
  let here: Piece[] = [];
  let next = 0;
  for (let at = 0; at < length; at += CHUNK) {
    const end = at + CHUNK;
    for (let piece = pieces[next]; piece !== undefined && piece.from < end; piece = pieces[next]) {
      here.push(piece);
      next += 1;
    }
    if (isHashed || here.length > 0) yield { at, pieces: here };
    here = here.filter((piece) => piece.from + piece.length > end);
  }
}

/** Each block is hashed and written while the next one is read. */
async function copyFile(
  { handle: { fd }, isHashed }: PieceSource,
  blocks: Generator<Block>,
  writer: Writer,
  signal: AbortSignal,
  onRead: (at: number) => void,
): Promise<string | null> {
  const hash = isHashed ? createHash("sha256") : null;
  const load = async () => {
    throwIfCancelled(signal);
    const next = blocks.next();
    if (next.done === true) return null;
    const buffer = await writer.take();
    return { ...next.value, buffer, bytes: await readBlock(fd, buffer, next.value.at) };
  };
  let loading = load();
  try {
    for (let block = await loading; block !== null; block = await loading) {
      loading = load();
      // It is awaited below, in any case.
      loading.catch(() => undefined);
      const { at, pieces, buffer, bytes } = block;
      hash?.update(buffer.subarray(0, bytes));
      writer.write(buffer, at, bytes, pieces);
      onRead(at + bytes);
    }
  } finally {
    // Nothing may read from the file when it is closed.
    await loading.catch(() => undefined);
  }
  return hash?.digest("hex") ?? null;
}

/** Fill the buffer from `at` of the file; the number of bytes is less than its length at the file's end only. */
async function readBlock(fd: number, buffer: Buffer, at: number): Promise<number> {
  for (let done = 0; ; ) {
    const count = await new Promise<number>((resolve, reject) => {
      read(fd, buffer, done, buffer.length - done, at + done, (error, bytes) =>
        error ? reject(error) : resolve(bytes),
      );
    });
    done += count;
    if (count === 0 || done === buffer.length) return done;
  }
}

/** Writes in the background, from a fixed number of buffers. Remembers the first failure. */
class Writer {
  readonly #fd: number;
  readonly #unit: number;
  readonly #free: Buffer[] = directBuffers(BUFFERS, CHUNK);
  #waiting: (() => void)[] = [];
  #running = 0;
  #written = 0;
  #flushed = 0;
  #isFlushing = false;
  #failure: unknown = null;

  /** @param unit what writes have to be multiples of, bytes */
  constructor(fd: number, unit: number) {
    this.#fd = fd;
    this.#unit = unit;
  }

  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  async take(): Promise<Buffer> {
    for (;;) {
      this.throwIfFailed();
      const buffer = this.#free.pop();
      if (buffer !== undefined) return buffer;
      await this.#change();
    }
  }

  /** Write what the pieces name of a block; the buffer is free again afterwards. */
  write(buffer: Buffer, at: number, bytes: number, pieces: readonly Piece[]): void {
    // A file that ends within a block reads as zeros behind its end, as for qemu.
    const readable = Math.ceil(bytes / this.#unit) * this.#unit;
    buffer.fill(0, bytes, readable);
    let left = 1;
    const release = () => {
      left -= 1;
      if (left > 0) return;
      this.#free.push(buffer);
      this.#changed();
    };
    for (const { from, to, length } of pieces) {
      const start = Math.max(from, at);
      const end = Math.min(from + length, at + readable);
      if (start >= end) continue;
      left += 1;
      this.#put(buffer, start - at, end - at, to + start - from, release);
    }
    release();
    if (this.#written - this.#flushed >= FLUSH_EVERY && !this.#isFlushing) this.#flush();
  }

  /** Resolves when nothing is being written any more. */
  async settle(): Promise<void> {
    while (this.#running > 0) await this.#change();
  }

  #put(buffer: Buffer, start: number, end: number, position: number, done: () => void): void {
    this.#running += 1;
    write(this.#fd, buffer, start, end - start, position, (error, count) => {
      this.#running -= 1;
      this.#failure ??= error;
      this.#written += error ? 0 : count;
      if (error === null && start + count < end) this.#put(buffer, start + count, end, position + count, done);
      else done();
      this.#changed();
    });
  }

  #flush(): void {
    this.#isFlushing = true;
    this.#running += 1;
    this.#flushed = this.#written;
    fdatasync(this.#fd, (error) => {
      this.#running -= 1;
      this.#isFlushing = false;
      this.#failure ??= error;
      this.#changed();
    });
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
