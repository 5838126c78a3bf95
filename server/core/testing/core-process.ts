/**
 * A core in a process of its own, for tests that kill it: LaunchOptions as one JSON line on stdin (the database URL holds
 * a password), one line on stdout when it runs. It lives until it is killed.
 */
import pino from "pino";
import { z } from "zod";
import { launchCore } from "../launch";

const Options = z.object({
  databaseUrl: z.string(),
  home: z.string(),
  datastoreLocation: z.string(),
  remotesDir: z.string(),
  nodeName: z.string(),
});

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const options = Options.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
await launchCore({ ...options, log: pino({ level: "warn" }, pino.destination(2)) });
process.stdout.write("running\n");
