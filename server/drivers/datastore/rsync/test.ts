import { run } from "../../../lib/process";
import { type Machine, scriptOn } from "../../../lib/ssh";
import { defineAction } from "../../action";
import { explain } from "../../remote";
import { parseXml } from "../../xml";
import { parseRepository } from "./repository";

/**
 * Each stage prints `<stage> ok|failed <detail>`; the first that fails ends the test. A folder that the test had to make
 * is removed again.
 */
const TRY = `
set -u
base=$1
fail() { printf '%s failed %s\\n' "$1" "$2"; exit 0; }
printf 'connect ok as %s on %s\\n' "$(id -un)" "$(uname -n)"
made=no
if [ ! -d "$base" ]; then
  error=$(mkdir -p -- "$base" 2>&1) || fail path "$error"
  made=yes
fi
[ -w "$base" ] || fail path "$base is not writable by $(id -un)"
if [ "$made" = yes ]; then printf 'path ok %s can be created\\n' "$base"; else printf 'path ok %s\\n' "$base"; fi
file=$base/.strata-test-$$
cleanup() { rm -f -- "$file"; if [ "$made" = yes ]; then rmdir -- "$base" 2>/dev/null; fi; }
trap cleanup EXIT
error=$(head -c 1048576 /dev/urandom 2>&1 >"$file") || fail write "$error"
error=$(sync -- "$file" 2>&1) || fail write "$error"
[ "$(stat -c %s -- "$file")" = 1048576 ] || fail write "1 MiB did not arrive whole"
printf 'write ok 1 MiB written and synced\\n'
error=$(cmp -- "$file" "$file" 2>&1) || fail read "$error"
printf 'read ok 1 MiB read back\\n'
df -B1048576 --output=size,avail -- "$base" | tail -n 1 | { read -r size free; printf 'space ok %s %s\\n' "$size" "$free"; }
`;
/** A person waits for it; ssh itself gives up after 10 s. */
const TEST_MS = 30_000;

/** The stages of a folder on a server: reach it, find or make it, write, read, measure. Never throws for what fails. */
export async function tryFolder(server: Machine, basePath: string, signal: AbortSignal): Promise<string> {
  const result = await run(scriptOn(server, TRY, [basePath]), { signal, timeoutMs: TEST_MS });
  if (result.ok) return result.stdout.trim();
  return `connect failed ${explain(result, server, "backup server", "test the connection")}`;
}

/** `test <ds id>`: can this datastore be used? Always exits 0; the answer is in the lines. Ours only, optional. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const { server, basePath } = parseRepository(parseXml(xml).first("DATASTORE"));
    return await tryFolder(server, basePath, signal);
  },
});
