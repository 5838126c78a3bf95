import { StringDecoder } from "node:string_decoder";

/** The last `maxBytes` of a stream. */
export class Tail {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Cut now and then, not with every chunk: concatenating each time would be quadratic.
    if (this.#bytes > 4 * this.#maxBytes || this.#chunks.length > 1000) this.#cut();
  }

  text(): string {
    this.#cut();
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  #cut(): void {
    const all = Buffer.concat(this.#chunks);
    const kept = all.subarray(Math.max(0, all.length - this.#maxBytes));
    this.#chunks = [Buffer.from(kept)];
    this.#bytes = kept.length;
  }
}

/** Splits a byte stream into lines at LF, CR or CRLF; empty lines are dropped. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  readonly #maxChars: number;
  #rest = "";

  /** A line longer than `maxChars` comes in pieces. */
  constructor(onLine: (line: string) => void, maxChars: number) {
    this.#onLine = onLine;
    this.#maxChars = maxChars;
  }

  push(chunk: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(chunk)).split(/[\r\n]/);
    this.#rest = parts.pop() ?? "";
    for (const part of parts) this.#emit(part);
    while (this.#rest.length > this.#maxChars) {
      this.#onLine(this.#rest.slice(0, this.#maxChars));
      this.#rest = this.#rest.slice(this.#maxChars);
    }
  }

  end(): void {
    this.#emit(this.#rest + this.#decoder.end());
    this.#rest = "";
  }

  #emit(line: string): void {
    for (let at = 0; at < line.length; at += this.#maxChars) this.#onLine(line.slice(at, at + this.#maxChars));
  }
}
