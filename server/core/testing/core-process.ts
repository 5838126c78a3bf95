/**
 * A core in a process of its own, for tests that kill it: LaunchOptions as one JSON line on stdin (the database URL holds
 * a password), one line on stdout when it runs. It lives until it is killed.
 */
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { z } from "zod";
import type { AroundStep } from "../engine";
import { launchCore } from "../launch";

const Options = z.object({
  databaseUrl: z.string(),
  home: z.string(),
  datastoreLocation: z.string(),
  remotesDir: z.string(),
  nodeName: z.string(),
  /** Folder of `fault-folder.ts`: where this core tells of its steps, and is told to die. */
  faultDir: z.string().optional(),
});

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const { faultDir, ...options } = Options.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));

/** As a power cut: nothing of this process runs any more. */
function dieWhenTold(dir: string, moment: string): void {
  appendFileSync(join(dir, "steps"), `${moment}\n`);
  const file = join(dir, "core");
  try {
    if (!["any", moment].includes(readFileSync(file, "utf8"))) return;
  } catch {
    return; // nobody wants it
  }
  rmSync(file);
  process.kill(process.pid, "SIGKILL");
}

function dying(dir: string): AroundStep {
  return async ({ kind, name }, work) => {
    dieWhenTold(dir, `${kind} ${name} before`);
    const result = await work();
    dieWhenTold(dir, `${kind} ${name} after`);
    return result;
  };
}

await launchCore({
  ...options,
  log: pino({ level: "warn" }, pino.destination(2)),
  ...(faultDir === undefined ? {} : { aroundStep: dying(faultDir) }),
});
process.stdout.write("running\n");
