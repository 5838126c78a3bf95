/** Which layer of a chain holds which range of the disk, as qemu sees it. */
import { run } from "../../lib/process";
import { DriverError, throwIfCancelled } from "../action";
import { LONG_WORK_MS } from "../remote";

/** Ranges of the guest's disk with data, in order: four numbers each, so that a million of them stay small. */
export class ExtentList {
  static readonly #FIELDS = 4;
  #values = new Float64Array(4096);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param file index of the layer's file; `offset` is in that file */
  push(start: number, length: number, file: number, offset: number): void {
    const at = this.#count * ExtentList.#FIELDS;
    if (at + ExtentList.#FIELDS > this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set([start, length, file, offset], at);
    this.#count += 1;
  }

  at(index: number): { start: number; length: number; file: number; offset: number } {
    const at = index * ExtentList.#FIELDS;
    const [start = 0, length = 0, file = 0, offset = 0] = this.#values.subarray(at, at + ExtentList.#FIELDS);
    return { start, length, file, offset };
  }
}

const ENTRY =
  /"start": ?(\d+), "length": ?(\d+), "depth": ?(\d+), .*?"zero": ?(true|false), "data": ?(true|false)(?:, "offset": ?(\d+))?/;

/**
 * Map the chain that `node` describes, of `layers` files, oldest first.
 * @returns null when a range has no place in a file as it is: it is compressed or encrypted
 * @throws DriverError when qemu-img cannot read the chain
 */
export async function mapChain(node: object, layers: number, signal: AbortSignal): Promise<ExtentList | null> {
  throwIfCancelled(signal);
  const extents = new ExtentList();
  let isPlain = true;
  let hasBadLine = false;
  const result = await run(["qemu-img", "map", "--output=json", "--", `json:${JSON.stringify(node)}`], {
    signal,
    timeoutMs: LONG_WORK_MS,
    maxOutputBytes: 4096,
    onStdoutLine: (line) => {
      if (!line.includes('"start"')) return;
      const [, start, length, depth, zero, data, offset] = ENTRY.exec(line) ?? [];
      const file = layers - 1 - Number(depth);
      if (start === undefined || !(file >= 0)) hasBadLine = true;
      else if (zero === "true" || data === "false") return;
      else if (offset === undefined) isPlain = false;
      else extents.push(Number(start), Number(length), file, Number(offset));
    },
  });
  throwIfCancelled(signal);
  if (result.spawnError !== null) throw new DriverError(`qemu-img cannot run here: ${result.spawnError}.`);
  if (!result.ok) {
    const detail = result.stderr.trim().split("\n").at(-1) ?? "";
    throw new DriverError(`qemu-img could not read the chain: ${detail || `exit code ${result.exitCode ?? "none"}`}`);
  }
  if (hasBadLine) throw new DriverError("qemu-img described the chain in a form that is not known.");
  return isPlain ? extents : null;
}
