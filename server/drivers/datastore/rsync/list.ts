import { ListAnswer, type RepositoryEntry } from "../../../domain/orphan";
import { DriverError, defineAction } from "../../action";
import { SHORT_WORK_MS } from "../../remote";
import { parseXml } from "../../xml";
import { LIST_MAX_BYTES, parseShown, SHOW_FUNCTION } from "./listing";
import { parseRepository } from "./repository";
import { runInRepository } from "./run-in-repository";
import { BACKUP_ID } from "./url";

/** $1 = base path. */
const LIST = `${SHOW_FUNCTION}
base=$1
if [ ! -d "$base" ]; then exit 0; fi
cd -- "$base"
for vm in ./*; do
  name=\${vm#./}
  case $name in .repo-id|lost+found) continue ;; esac
  if [ -d "$vm" ] && [ ! -L "$vm" ] && [[ $name =~ ^[0-9]{1,10}$ ]]; then
    for entry in "$vm"/*; do
      # The journal of a merge belongs to its image, and goes with it.
      case \${entry##*/} in .flatten-[0-9]*) continue ;; esac
      show "$name" "$entry"
    done
  else
    show - "$vm"
  fi
done
`;
const LIST_MS = 4 * SHORT_WORK_MS;

/** `list <ds id>`: everything in the repository, so that the core can compare it with its catalogue. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal }) {
    const repository = parseRepository(parseXml(xml).first("DATASTORE"));
    const what = `list ${repository.basePath}`;
    const output = await runInRepository(repository, what, LIST, [repository.basePath], {
      signal,
      timeoutMs: LIST_MS,
      maxOutputBytes: LIST_MAX_BYTES,
    });
    const lines = output.split("\n").filter((line) => line !== "");
    const answer = ListAnswer.safeParse({ entries: lines.map((line) => entryOf(line)) });
    if (!answer.success) throw new DriverError(`${repository.basePath} holds more than can be listed.`);
    return JSON.stringify(answer.data);
  },
});

function entryOf(line: string): RepositoryEntry {
  const base = parseShown(line);
  const { name } = base;
  if (base.vmId === null) return { ...base, kind: "other", backupId: null };
  if (BACKUP_ID.test(name)) return { ...base, kind: "point", backupId: name };
  const removal = /^\.tmp-rm-([0-9a-f]{6,64})-\d+$/.exec(name)?.[1];
  if (removal !== undefined) return { ...base, kind: "removal", backupId: removal };
  const upload = /^\.tmp-([0-9a-f]{6,64})$/.exec(name)?.[1];
  if (upload !== undefined) return { ...base, kind: "upload", backupId: upload };
  return { ...base, kind: "other", backupId: null };
}
