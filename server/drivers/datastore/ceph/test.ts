import { randomBytes } from "node:crypto";
import { run } from "../../../lib/process";
import { scriptOn } from "../../../lib/ssh";
import { defineAction } from "../../action";
import { readAccess } from "../../ceph/rbd";
import { explain } from "../../remote";
import { parseXml } from "../../xml";
import { spaceIn } from "./monitor";
import { bridgeOf, openCephStore } from "./store";

/**
 * $1 user, $2 conf, $3 pool, $4 pool for the data or nothing, $5 name of an image that is made and removed. A line a
 * stage; the first that fails ends the test. The last line is the answer of `ceph df`.
 */
const TRY = `
set -u -o pipefail
pool=$3 image=$3/$5
who=()
if [ -n "$1" ]; then who+=(--id "$1"); fi
if [ -n "$2" ]; then who+=(--conf "$2"); fi
data=()
if [ -n "$4" ]; then data=(--data-pool "$4"); fi
fail() { printf '%s failed %s\\n' "$1" "$(printf '%s' "$2" | tail -n 3 | tr '\\n' ' ' | cut -c 1-400)"; exit 0; }
for program in ceph rbd; do
  command -v "$program" >/dev/null || fail connect "$program is missing on $(uname -n): install ceph-common there"
done
if [ -n "$2" ] && [ ! -r "$2" ]; then fail connect "$2 is not there, or $(id -un) may not read it, on $(uname -n)"; fi
folder=$(mktemp -d) || fail connect "no temporary folder on $(uname -n)"
made=no
cleanup() {
  if [ "$made" = yes ]; then timeout 30 rbd "\${who[@]}" rm --no-progress -- "$image" >/dev/null 2>&1; fi
  rm -rf -- "$folder"
}
trap cleanup EXIT
said=$(timeout 20 ceph "\${who[@]}" --connect-timeout 10 fsid 2>&1) || fail connect "\${said:-Ceph does not answer}"
printf 'connect ok cluster %s\\n' "$(printf '%s' "$said" | tail -n 1)"
said=$(timeout 20 rbd "\${who[@]}" ls -- "$pool" 2>&1 >/dev/null) || fail pool "\${said:-pool $pool does not answer}"
printf 'pool ok %s\\n' "$pool"
error=$(head -c 1048576 /dev/urandom 2>&1 >"$folder/in") || fail write "$error"
made=yes
said=$(timeout 40 rbd "\${who[@]}" import --no-progress "\${data[@]}" -- "$folder/in" "$image" 2>&1) || fail write "\${said:-Ceph does not answer}"
printf 'write ok an image of 1 MiB written\\n'
said=$(timeout 40 rbd "\${who[@]}" export --no-progress -- "$image" "$folder/out" 2>&1) || fail read "\${said:-Ceph does not answer}"
cmp -s -- "$folder/in" "$folder/out" || fail read 'it reads back as something else'
printf 'read ok 1 MiB read back\\n'
said=$(timeout 20 ceph "\${who[@]}" --connect-timeout 10 df --format json 2>"$folder/error") || fail space "$(cat "$folder/error")"
printf '%s\\n' "$said" | tr -d '\\n'
`;
/** A person waits for it; each stage has its own bound. */
const TEST_MS = 110_000;

/** `test <ds id>`: can this pool be used? Always exits 0; the answer is in the lines. Leaves nothing. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const store = openCephStore(parseXml(xml).first("DATASTORE"));
    const { user, conf } = readAccess(store.datastore.first("TEMPLATE"));
    const machine = bridgeOf(store, 0);
    const image = `strata-test-${randomBytes(6).toString("hex")}`;
    const result = await run(scriptOn(machine, TRY, [user, conf, store.pool, store.dataPool, image]), {
      signal,
      timeoutMs: TEST_MS,
    });
    if (!result.ok) return `connect failed ${explain(result, machine, "host", "test the connection")}`;
    const lines = result.stdout.trim().split("\n");
    const last = lines.at(-1) ?? "";
    if (!last.startsWith("{")) return lines.join("\n");
    const space = spaceIn(last, store.dataPool || store.pool);
    const answer =
      space === null ? "space failed Ceph does not list the pool" : `space ok ${space.used + space.free} ${space.free}`;
    return [...lines.slice(0, -1), answer].join("\n");
  },
});
