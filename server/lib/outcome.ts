/** The result of work whose failure is an ordinary value: cleanup and recording read it instead of catching. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

/** Run `fn` and turn what it throws into a value. Never rejects. */
export async function attempt<T>(fn: () => Promise<T> | T): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await fn() };
  } catch (error) {
    return { ok: false, error };
  }
}
