import { describe, expect, it } from "vitest";
import { loop } from "./loop";
import { attempt } from "./outcome";

describe("loop", () => {
  it("never overlaps, goes on after an error, and stops when told", async () => {
    const stop = new AbortController();
    const errors: unknown[] = [];
    const sleeps: number[] = [];
    let running = 0;
    let passes = 0;
    await loop(
      async () => {
        running += 1;
        expect(running).toBe(1);
        await Promise.resolve();
        passes += 1;
        running -= 1;
        if (passes === 2) throw new Error("second");
        if (passes === 4) stop.abort();
      },
      250,
      stop.signal,
      {
        onError: (error) => errors.push(error),
        sleep: async (ms) => {
          sleeps.push(ms);
        },
      },
    );
    expect(passes).toBe(4);
    expect(sleeps).toEqual([250, 250, 250]);
    expect(errors).toEqual([new Error("second")]);
  });

  it("an abort ends a sleep at once", async () => {
    const stop = new AbortController();
    const ended = loop(() => queueMicrotask(() => stop.abort()), 3_600_000, stop.signal, { onError: () => undefined });
    await expect(ended).resolves.toBeUndefined();
  });
});

describe("attempt", () => {
  it("makes a value of both ends", async () => {
    expect(await attempt(async () => 1)).toEqual({ ok: true, value: 1 });
    const error = new Error("x");
    expect(
      await attempt(() => {
        throw error;
      }),
    ).toEqual({ ok: false, error });
  });
});
