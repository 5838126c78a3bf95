import { ListAnswer, type RepositoryEntry } from "../../../domain/orphan";
import { DriverError, defineAction, throwIfCancelled } from "../../action";
import { SHORT_WORK_MS } from "../../remote";
import { parseXml } from "../../xml";
import { LIST_MAX_BYTES, parseShown, SHOW_FUNCTION } from "../rsync/listing";
import { runInRepository } from "../rsync/run-in-repository";
import { checkBase, nearestPlace } from "./open";
import { placeHere, placeOnServer } from "./place";
import { parseResticDatastore, type RepositoryOwner } from "./repository";
import { listAllSnapshots, type Snapshot, shortId } from "./snapshots";

/** $1 = base path. `repository <name>` for each repository of ours, a line of `show` for anything else. */
const FIND = `${SHOW_FUNCTION}
base=$1
if [ ! -d "$base" ]; then exit 0; fi
cd -- "$base"
for entry in ./*; do
  name=\${entry#./}
  case $name in .repo-id|lost+found) continue ;; esac
  if [ ! -L "$entry" ] && [ -f "$entry/config" ] && [[ $name =~ ^(job_)?[0-9]{1,9}$ ]]; then
    printf 'repository %s\\n' "$name"
  else
    show - "$entry"
  fi
done
`;
const FIND_MS = 4 * SHORT_WORK_MS;
/** Opening one takes restic about a second, which it mostly spends on the key. */
const AT_ONCE = 4;

/**
 * `list <ds id>`: every snapshot of every repository, and what else lies beside them. What a broken upload has left has
 * no snapshot and is not in it: the next prune takes it. One repository that cannot be read fails the whole listing.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const datastore = parseResticDatastore(parseXml(xml).first("DATASTORE"));
    const { basePath } = datastore;
    await checkBase(datastore, signal);
    const output = await runInRepository(datastore, `list ${basePath}`, FIND, [basePath], {
      signal,
      timeoutMs: FIND_MS,
      maxOutputBytes: LIST_MAX_BYTES,
    });
    const lines = output.split("\n").filter((line) => line !== "");
    const owners = lines.flatMap((line) => ownerOf(line) ?? []);
    const entries = lines.filter((line) => ownerOf(line) === null).map(otherOf);
    const [first] = owners;
    const nearest = first === undefined ? null : await nearestPlace(datastore, first, ["restic"], signal);
    const place = nearest?.role === "backup server" ? placeOnServer : placeHere;
    for (let at = 0; at < owners.length; at += AT_ONCE) {
      throwIfCancelled(signal);
      const lists = owners.slice(at, at + AT_ONCE).map(async (owner) => {
        const snapshots = await listAllSnapshots(datastore, place(datastore, owner), { signal, timeoutMs: FIND_MS });
        // A merge that was cut off leaves two of one backup id; both go together.
        const found = (snapshots ?? []).map((snapshot) => entryOf(snapshot, owner));
        return [...new Map(found.map((entry) => [`${entry.vmId}/${entry.name}`, entry])).values()];
      });
      entries.push(...(await Promise.all(lists)).flat());
    }
    const answer = ListAnswer.safeParse({ entries });
    if (!answer.success) throw new DriverError(`${basePath} holds more than can be listed.`);
    return JSON.stringify(answer.data);
  },
});

function ownerOf(line: string): RepositoryOwner | null {
  const [, job, id] = /^repository (job_)?(\d{1,9})$/.exec(line) ?? [];
  if (id === undefined) return null;
  return job === undefined ? { vmId: Number(id), jobId: null } : { vmId: 0, jobId: Number(id) };
}

function otherOf(line: string): RepositoryEntry {
  return { ...parseShown(line), kind: "other", backupId: null };
}

/** By our tags; a snapshot of the reference is known by the beginning of its id, as its core stores it. */
function entryOf(snapshot: Snapshot, { jobId }: RepositoryOwner): RepositoryEntry {
  const tagged = (form: RegExp) => snapshot.tags?.flatMap((tag) => form.exec(tag)?.[1] ?? [])[0];
  const vm = tagged(/^one-(\d{1,9})$/);
  const at = Date.parse(snapshot.time);
  if (Number.isNaN(at)) throw new DriverError(`Snapshot ${shortId(snapshot)} has no time that can be understood.`);
  const base = {
    name: shortId(snapshot),
    bytes: snapshot.summary?.total_bytes_processed ?? null,
    modifiedAt: Math.max(0, Math.floor(at / 1000)),
    ...(jobId === null ? {} : { jobId }),
  };
  if (vm === undefined) return { ...base, vmId: null, kind: "other", backupId: null };
  const backupId = tagged(/^strata-([0-9a-f]{6,64})$/) ?? shortId(snapshot);
  return { ...base, vmId: Number(vm), name: backupId, kind: "point", backupId };
}
