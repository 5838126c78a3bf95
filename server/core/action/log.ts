import type { LogLevel } from "../../domain/action";
import type { Core } from "../core";
import { patiently } from "../patience";

const MAX_LINES = 10_000;
const MAX_TEXT = 4_000;

/** Log lines of one run, kept with it. Appended in order; `flush` waits until all are stored. */
export interface RunLog {
  add(level: LogLevel, text: string): void;
  flush(): Promise<void>;
}

export function createRunLog(core: Core, actionId: number): RunLog {
  let count = 0;
  let buffer: { actionId: number; at: Date; level: LogLevel; text: string }[] = [];
  let writing: Promise<void> = Promise.resolve();

  function write(): void {
    writing = writing
      .then(async () => {
        const lines = buffer;
        buffer = [];
        if (lines.length === 0) return;
        await patiently(core.clock, () => core.db.actionLog.createMany({ data: lines }));
      })
      .catch((error: unknown) => core.log.warn({ err: error, actionId }, "log lines not stored"));
  }

  return {
    add(level, text) {
      count += 1;
      if (count > MAX_LINES) return;
      const kept = count === MAX_LINES ? "more lines follow; they are not kept" : clean(text).slice(0, MAX_TEXT);
      buffer.push({ actionId, at: new Date(core.clock.now()), level, text: kept });
      if (buffer.length === 1) write();
    },
    async flush() {
      write();
      await writing;
    },
  };
}

/** Guests and drivers write these lines: control characters are made visible, PostgreSQL takes no NUL. */
function clean(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "\ufffd");
}
