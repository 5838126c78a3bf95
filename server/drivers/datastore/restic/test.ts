import { randomBytes } from "node:crypto";
import { DriverError, defineAction, oneLine } from "../../action";
import { CLEANUP_MS, runScript } from "../../remote";
import { parseXml } from "../../xml";
import { tryFolder } from "../rsync/test";
import { placeHere, type ResticPlace } from "./place";
import { parseResticDatastore, type ResticDatastore } from "./repository";
import { explainRestic, tryRestic } from "./restic";
import { isAtLeast, resticVersion } from "./store";

/** `prune --max-unused` and `--max-repack-size` came with it. */
const OLDEST_RESTIC = [0, 12] as const;
const STAGE_MS = 40_000;

/** $1 base, $2 name of the test repository. The base goes only when the test has made it: it is empty then. */
const REMOVE_TEST = `
if [ -d "$1/$2" ] && [ ! -L "$1/$2" ]; then rm -rf -- "$1/$2"; fi
if [ "$3" = made ]; then rmdir -- "$1" 2>/dev/null; fi
true
`;
/** $1 base. First repository there, when it has one. */
const FIND_REPOSITORY = `
if [ ! -d "$1" ]; then echo missing; exit 0; fi
echo there
cd -- "$1"
for name in [0-9]* job_[0-9]*; do
  if [ -f "./$name/config" ]; then printf '%s\\n' "$name"; exit 0; fi
done
`;

/**
 * `test <ds id>`: can this datastore be used? The stages of a folder, then `restic` (is the program there) and
 * `repository` (can one be made, and does the password open those that are there). Always exits 0. Leaves nothing.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const datastore = parseResticDatastore(parseXml(xml).first("DATASTORE"));
    const folder = await tryFolder(datastore.server, datastore.basePath, signal);
    const lines = [folder];
    if (/ failed /.test(folder)) return folder;
    const program = await stage("restic", async () => await tryProgram(datastore, signal));
    lines.push(program);
    if (!/ failed /.test(program)) {
      lines.push(await stage("repository", async () => await tryRepository(datastore, signal)));
    }
    return lines.join("\n");
  },
});

async function stage(name: string, work: () => Promise<string>): Promise<string> {
  try {
    return `${name} ok ${oneLine(await work())}`;
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    return `${name} failed ${oneLine(error.message)}`;
  }
}

async function tryProgram(datastore: ResticDatastore, signal: AbortSignal): Promise<string> {
  const version = await resticVersion(datastore, { ...testPlace(datastore, "version"), sftpCommand: "" }, signal);
  if (!isAtLeast(version, OLDEST_RESTIC)) {
    throw new DriverError(`restic ${version} on this machine is too old; 0.12 or later is needed.`);
  }
  return `restic ${version} on this machine`;
}

function testPlace(datastore: ResticDatastore, name: string): ResticPlace {
  const place = placeHere(datastore, { vmId: 0, jobId: null });
  return { ...place, repository: place.repository.replace(/\/0$/, `/${name}`) };
}

/** Make a repository by the way that is used later, open it again, and remove it; then open one that is there. */
async function tryRepository(datastore: ResticDatastore, signal: AbortSignal): Promise<string> {
  const { server, basePath } = datastore;
  const [state, existing] = (
    await runScript(server, "backup server", `look into ${basePath}`, FIND_REPOSITORY, [basePath], { signal })
  ).split("\n");
  const options = { signal, timeoutMs: STAGE_MS, attempts: 1 };
  const name = `.strata-test-${randomBytes(6).toString("hex")}`;
  const open = async (place: ResticPlace, words: readonly string[], what: string) => {
    const result = await tryRestic(datastore, place, words, options);
    if (!result.ok) throw new DriverError(explainRestic(result, place, what));
  };
  if (existing !== undefined && existing !== "") {
    await open(testPlace(datastore, existing), ["--no-lock", "cat", "config"], `open ${basePath}/${existing}`);
    return `the password opens ${basePath}/${existing}`;
  }
  try {
    await open(testPlace(datastore, name), ["init"], "make a repository");
    await open(testPlace(datastore, name), ["--no-lock", "cat", "config"], "open a new repository");
  } finally {
    const args = [basePath, name, state === "missing" ? "made" : "kept"];
    await runScript(server, "backup server", "remove the test repository", REMOVE_TEST, args, {
      timeoutMs: CLEANUP_MS,
    });
  }
  return "a repository can be made with this password, and opened";
}
