/** Room for a template with a large CONTEXT; a call is small otherwise. */
export const MAX_CALL_BYTES = 1024 * 1024;

/** The body of a request as text, bounded; null when it is too large or not UTF-8. */
export async function readBody(request: Request): Promise<string | null> {
  return await readText(chunksOf(request), request.headers.get("content-length"));
}

/** The same of a body that comes in chunks. `announced`: the header content-length. */
export async function readText(chunks: AsyncIterable<Uint8Array>, announced: string | null): Promise<string | null> {
  if (Number(announced ?? 0) > MAX_CALL_BYTES) return null;
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > MAX_CALL_BYTES) return null;
    read.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(read));
  } catch {
    return null;
  }
}

async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  try {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) yield read.value;
  } finally {
    await reader?.cancel();
  }
}
