import { z } from "zod";
import { DriverError, defineAction } from "../../action";
import { readAccess } from "../../ceph/rbd";
import { runScript } from "../../remote";
import { parseXml } from "../../xml";
import { bridgeOf, openCephStore } from "./store";

const MIB = 1024 * 1024;

/** $1 user, $2 conf. */
const DF_SCRIPT = `
set -eu
who=()
if [ -n "$1" ]; then who+=(--id "$1"); fi
if [ -n "$2" ]; then who+=(--conf "$2"); fi
ceph "\${who[@]}" --connect-timeout 30 df --format json
`;

const Df = z.object({
  pools: z.array(z.object({ name: z.string(), stats: z.object({ bytes_used: z.number(), max_avail: z.number() }) })),
});

/** `monitor <ds id>`: what the pool holds and what Ceph would still take into it, MiB. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const store = openCephStore(parseXml(xml).first("DATASTORE"));
    const { user, conf } = readAccess(store.datastore.first("TEMPLATE"));
    const machine = bridgeOf(store, 0);
    const options = { signal, maxOutputBytes: 4 * MIB };
    const output = await runScript(machine, "host", "measure the pool in Ceph", DF_SCRIPT, [user, conf], options);
    // Data of an erasure-coded image is in the other pool.
    const name = store.dataPool || store.pool;
    const space = spaceIn(output, name);
    if (space === null) throw new DriverError(`Ceph has no pool ${name}.`);
    const { used, free } = space;
    return `USED_MB=${used}\nTOTAL_MB=${used + free}\nFREE_MB=${free}`;
  },
});

/** MiB that a pool holds and would still take, from the answer of `ceph df --format json`; null: it is not in it. */
export function spaceIn(answer: string, pool: string): { used: number; free: number } | null {
  const stats = Df.safeParse(JSON.parse(answer)).data?.pools.find(({ name }) => name === pool)?.stats;
  if (stats === undefined) return null;
  return { used: Math.ceil(stats.bytes_used / MIB), free: Math.floor(stats.max_avail / MIB) };
}
