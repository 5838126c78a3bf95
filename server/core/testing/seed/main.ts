/**
 * `npm run seed`: a large, made-up inventory in the empty database of STRATA_HOME (or DATABASE_URL), to try the screens at
 * scale. See server/setup/seed.mjs.
 *
 *   --vms N      default 10000
 *   --jobs N     default 200
 *   --points N   default 300000
 */
import { parseArgs } from "node:util";
import pino from "pino";
import { z } from "zod";
import { createDb } from "../../../db/client";
import { env } from "../../../lib/env";
import { bootstrap } from "../../bootstrap";
import { seed } from "./seed";
import { LONG_POINTS } from "./size";

const Size = z.object({
  vms: z.coerce.number().int().min(2).max(100_000).default(10_000),
  jobs: z.coerce.number().int().min(1).max(10_000).default(200),
  points: z.coerce
    .number()
    .int()
    .min(LONG_POINTS + 1)
    .max(3_000_000)
    .default(300_000),
});

const text = { type: "string" } as const;
const { values } = parseArgs({ options: { vms: text, jobs: text, points: text } });
const size = Size.parse(values);
const { DATABASE_URL = "", STRATA_HOME: home, DATASTORE_LOCATION: datastoreLocation } = env();
const startedAt = performance.now();
const db = createDb(DATABASE_URL);
try {
  await bootstrap({ db, log: pino({ level: "silent" }), config: { home, datastoreLocation } });
  await seed(db, size);
} finally {
  await db.$disconnect();
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
process.stdout.write(`${size.vms} VMs, ${size.jobs} jobs and ${size.points} points made in ${seconds} s.\n`);
