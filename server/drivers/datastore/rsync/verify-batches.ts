/** Words of one command over ssh travel as one argument of at most 128 KiB, quoted, with the fixed script in it. */
const MAX_BYTES = 64 * 1024;

/** `words` in order, in batches that fit into a command. */
export function inBatches(words: readonly string[], most = Number.POSITIVE_INFINITY): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const word of words) {
    const size = Buffer.byteLength(word) + 3;
    const last = batches.at(-1);
    if (last === undefined || last.length >= most || bytes + size > MAX_BYTES) {
      batches.push([word]);
      bytes = size;
    } else {
      last.push(word);
      bytes += size;
    }
  }
  return batches;
}
