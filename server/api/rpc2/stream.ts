import { element, type Xml } from "../../domain/xml/builder";
import type { PoolQuery } from "./pool";

/** Rows and documents that are in memory at a time, twice with those read ahead. Printing them takes a few milliseconds. */
const SLICE = 200;

/** A document that is too long for one piece of memory: its text, made while it is sent. */
export interface DocumentStream {
  readonly pieces: AsyncIterable<string>;
}

interface Slices<Row> {
  /** Rows by descending id. */
  read(page: PoolQuery & { take: number }): Promise<Row[]>;
  /** Constantly many statements, whatever the number of rows. */
  print(rows: Row[]): Promise<readonly Xml[]>;
}

/**
 * `<NAME>` with every row that the query finds, read slice by slice from the highest id down. The first slices are read
 * before this returns: what is wrong with the query is an error here, not a broken answer. A row that goes or changes
 * meanwhile is left out or shown as it is then; none is shown twice.
 */
export async function poolDocument<Row extends { id: number }>(
  name: string,
  query: PoolQuery,
  { read, print }: Slices<Row>,
): Promise<string | DocumentStream> {
  async function* slices(): AsyncGenerator<readonly Xml[]> {
    let left = query.take ?? Number.POSITIVE_INFINITY;
    let page: PoolQuery = query;
    while (left > 0) {
      const take = Math.min(SLICE, left);
      const rows = await read({ ...page, take });
      const last = rows.at(-1);
      if (last === undefined) return;
      yield await print(rows);
      if (rows.length < take) return;
      left -= take;
      page = { where: { AND: [query.where, { id: { lt: last.id } }] } };
    }
  }
  return await documentOf(name, slices());
}

/** The same for a list of ids, which a client has given. */
export async function listDocument(
  name: string,
  ids: readonly number[],
  print: (ids: readonly number[]) => Promise<readonly Xml[]>,
): Promise<string | DocumentStream> {
  const ordered = [...new Set(ids)].sort((a, b) => b - a);
  async function* slices(): AsyncGenerator<readonly Xml[]> {
    for (let start = 0; start < ordered.length; start += SLICE) yield await print(ordered.slice(start, start + SLICE));
  }
  return await documentOf(name, slices());
}

/** A pool of one slice is a text, whose length a client is told; a longer one is a stream. */
async function documentOf(name: string, slices: AsyncGenerator<readonly Xml[]>): Promise<string | DocumentStream> {
  const ahead = readAhead(slices);
  const first = await ahead.next();
  const second = await ahead.next();
  if (first.done === true) return element(name).xml;
  if (second.done === true) return element(name, first.value).xml;
  const read = [textOf(first.value), textOf(second.value)];
  async function* pieces(): AsyncGenerator<string> {
    yield `<${name}>`;
    yield* read;
    for await (const slice of ahead) yield textOf(slice);
    yield `</${name}>`;
  }
  return { pieces: pieces() };
}

function textOf(slice: readonly Xml[]): string {
  return slice.map((one) => one.xml).join("");
}

/** The database reads the next slice while the one before is on its way. */
async function* readAhead<T>(source: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = source.next();
      next.catch(() => undefined); // thrown when its turn comes
      yield value;
    }
  } finally {
    await source.return();
  }
}
