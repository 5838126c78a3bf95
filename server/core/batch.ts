import type { Core } from "./core";

/** More keys make a longer wait for the first of them. */
const MAX_KEYS = 64;

type Asked<V> = { resolve: (value: V | undefined) => void; reject: (error: unknown) => void }[];

/**
 * One read for all that is asked for at the same time: fifty calls that arrive together send the statements of one. The read
 * for a key always begins after it was asked for, so an answer is never older than its question. A core has one read under
 * way at a time; when one fails, each of its keys is read alone, so that nobody fails for another's row.
 */
export function batched<K extends string | number, V>(
  read: (core: Core, keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
): (core: Core, key: K) => Promise<V | undefined> {
  const batches = new WeakMap<Core, (key: K) => Promise<V | undefined>>();
  return (core, key) => {
    const ask = batches.get(core) ?? createBatch<K, V>((keys) => read(core, keys));
    batches.set(core, ask);
    return ask(key);
  };
}

function createBatch<K, V>(read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>) {
  const waiting = new Map<K, Asked<V>>();
  let isReading = false;

  const settle = async (batch: readonly (readonly [K, Asked<V>])[]): Promise<void> => {
    try {
      const found = await read(batch.map(([key]) => key));
      for (const [key, asked] of batch) for (const one of asked) one.resolve(found.get(key));
    } catch (error) {
      const [first, ...others] = batch;
      if (others.length > 0) for (const one of batch) await settle([one]);
      else for (const one of first?.[1] ?? []) one.reject(error);
    }
  };
  const readAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, MAX_KEYS);
      for (const [key] of batch) waiting.delete(key);
      await settle(batch);
    }
    isReading = false;
  };

  return (key: K) =>
    new Promise<V | undefined>((resolve, reject) => {
      const asked = waiting.get(key) ?? [];
      asked.push({ resolve, reject });
      waiting.set(key, asked);
      if (isReading) return;
      isReading = true;
      // What arrives in the same turn of the event loop comes along.
      setImmediate(() => void readAll());
    });
}
