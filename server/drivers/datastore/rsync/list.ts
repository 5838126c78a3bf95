import { ListAnswer, type RepositoryEntry } from "../../../domain/orphan";
import { DriverError, defineAction, oneLine } from "../../action";
import { SHORT_WORK_MS } from "../../remote";
import { parseXml } from "../../xml";
import { parseRepository } from "./repository";
import { runInRepository } from "./run-in-repository";
import { BACKUP_ID } from "./url";

/**
 * $1 = base path. A line for each entry: folder of the VM or `-`, name as base64, bytes, epoch second of its newest
 * change. Anything that cannot be read fails the whole listing: what is left out would be taken for missing.
 */
const LIST = `
set -eu -o pipefail
shopt -s nullglob dotglob
base=$1
if [ ! -d "$base" ]; then exit 0; fi
cd -- "$base"
show() {
  facts=$(find "$2" -printf '%y %s %T@\\n' | awk '$1 == "f" { bytes += $2 } { if ($3 + 0 > newest) newest = $3 + 0 } END { printf "%.0f %.0f", bytes, int(newest) }')
  printf '%s %s %s\\n' "$1" "$(basename -- "$2" | base64 -w 0)" "$facts"
}
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
const MAX_OUTPUT = 32 * 1024 * 1024;
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
      maxOutputBytes: MAX_OUTPUT,
    });
    const lines = output.split("\n").filter((line) => line !== "");
    const answer = ListAnswer.safeParse({ entries: lines.map((line) => entryOf(line)) });
    if (!answer.success) throw new DriverError(`${repository.basePath} holds more than can be listed.`);
    return JSON.stringify(answer.data);
  },
});

function entryOf(line: string): RepositoryEntry {
  const [, vm = "-", encoded = "", bytes = "0", modified = "0"] =
    /^(-|\d{1,10}) ([A-Za-z0-9+/=]+) (\d+) (\d+)$/.exec(line) ?? [];
  if (encoded === "") throw new DriverError(`The listing has a line that cannot be understood: ${line.slice(0, 100)}`);
  const name = oneLine(Buffer.from(encoded, "base64").toString("utf8").replace(/\n$/, "")).slice(0, 255) || "(no name)";
  const vmId = vm === "-" ? null : Number(vm);
  const base = { vmId, name, bytes: Number(bytes), modifiedAt: Number(modified) };
  if (vmId === null) return { ...base, kind: "other", backupId: null };
  if (BACKUP_ID.test(name)) return { ...base, kind: "point", backupId: name };
  const removal = /^\.tmp-rm-([0-9a-f]{6,64})-\d+$/.exec(name)?.[1];
  if (removal !== undefined) return { ...base, kind: "removal", backupId: removal };
  const upload = /^\.tmp-([0-9a-f]{6,64})$/.exec(name)?.[1];
  if (upload !== undefined) return { ...base, kind: "upload", backupId: upload };
  return { ...base, kind: "other", backupId: null };
}
