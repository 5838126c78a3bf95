import { DescribeAnswer, type DescribedPoint, MAX_DESCRIBED_POINTS } from "../../../domain/catalogue";
import { parseQcow2Header, QCOW2_PROBE_BYTES } from "../../../domain/qcow2-header";
import { DriverError, defineAction } from "../../action";
import { SHORT_WORK_MS } from "../../remote";
import { parseXml } from "../../xml";
import { numericId, parseRepository } from "./repository";
import { runInRepository } from "./run-in-repository";
import { DISK_FILE, MAX_VM_XML_BYTES, readManifest } from "./stored";
import { BACKUP_ID, pointDir } from "./url";

/** $1 = folder of the VM. Names of complete backups, one a line; nothing that has another form. */
const NAMES = `
set -eu
shopt -s nullglob
if [ ! -d "$1" ] || [ -L "$1" ]; then exit 0; fi
cd -- "$1"
for name in *; do
  if [[ $name =~ ^[0-9a-f]{6,64}$ ]] && [ -d "$name" ] && [ ! -L "$name" ]; then printf '%s\\n' "$name"; fi
done
`;

/** $1 = folder of the VM, $2 bytes of a header, $3 most bytes of a manifest, $4 of vm.xml, then names of points. */
const DESCRIBE = `
set -u
cd -- "$1" || exit 1
head=$2; manifest=$3; document=$4; shift 4
part() { if [ -f "$3" ] && [ ! -L "$3" ]; then printf '%s ' "$1"; head -c "$2" -- "$3" | base64 -w 0; echo; fi; }
for name in "$@"; do
  printf 'point %s %s\\n' "$name" "$(stat -c %Y -- "./$name")"
  part manifest "$manifest" "./$name/manifest.json"
  part document "$document" "./$name/vm.xml"
  for file in "./$name"/disk.*; do
    base=\${file##*/}
    [[ $base =~ ^disk\\.[0-9]{1,6}\\.[0-9]{1,9}$ ]] || continue
    if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
    printf 'file %s %s ' "$(stat -c %s -- "$file")" "$base"; head -c "$head" -- "$file" | base64 -w 0; echo
  done
done
`;
const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Of one call; with 256 disks each, their headers still fit into MAX_OUTPUT. */
const POINTS_AT_ONCE = 20;

/**
 * `describe <ds id> <vm id>`: every complete backup of a VM, with all that the catalogue must know to restore it. Only
 * reads, and reads no disk beyond its header.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ argv, xml, signal }) {
    const [, vmText = "", ...others] = argv;
    if (others.length > 0) throw new DriverError("Usage: describe <datastore id> <vm id>");
    const vmId = numericId("The VM's id", vmText);
    const repository = parseRepository(parseXml(xml).first("DATASTORE"));
    const folder = `${repository.basePath}/${vmId}`;
    const listed = await runInRepository(repository, `list ${folder}`, NAMES, [folder], { signal });
    const names = listed.split("\n").filter((name) => BACKUP_ID.test(name));
    if (names.length > MAX_DESCRIBED_POINTS) {
      throw new DriverError(`${folder} holds ${names.length} backups, more than can be described at once.`);
    }
    const points: DescribedPoint[] = [];
    for (let at = 0; at < names.length; at += POINTS_AT_ONCE) {
      const batch = names.slice(at, at + POINTS_AT_ONCE);
      const limits = [QCOW2_PROBE_BYTES, MAX_MANIFEST_BYTES, MAX_VM_XML_BYTES].map(String);
      const output = await runInRepository(repository, `read ${folder}`, DESCRIBE, [folder, ...limits, ...batch], {
        signal,
        timeoutMs: 2 * SHORT_WORK_MS,
        maxOutputBytes: MAX_OUTPUT,
      });
      const blocks = output.split(/^point /m).slice(1);
      points.push(...blocks.map((block) => parseBlock(block, (name) => pointDir(repository.basePath, vmId, name))));
    }
    const answer = DescribeAnswer.safeParse({ points });
    if (!answer.success) throw new DriverError(`${folder} holds more than can be described.`);
    return JSON.stringify(answer.data);
  },
});

/** A block begins with name and time; base64 cannot forge a line. */
function parseBlock(block: string, dirOf: (name: string) => string): DescribedPoint {
  const [head = "", ...lines] = block.split("\n");
  const [, backupId = "", modified = "0"] = /^([0-9a-f]{6,64}) (\d{1,15})$/.exec(head) ?? [];
  if (backupId === "") throw new DriverError("The description has a line that cannot be understood.");
  const partOf = (kind: string) => lines.find((line) => line.startsWith(`${kind} `))?.slice(kind.length + 1) ?? null;
  const manifestText = partOf("manifest");
  const manifest = manifestText === null ? null : readManifest(manifestText);
  const isDamaged = typeof manifest === "string";
  const document = partOf("document");
  return {
    backupId,
    problem: isDamaged ? `${dirOf(backupId)}/manifest.json is damaged: ${manifest}` : null,
    manifest: isDamaged ? null : manifest,
    vmXml: document === null ? null : documentText(Buffer.from(document, "base64").toString("utf8")),
    disks: lines.flatMap((line) => {
      const [kind, bytes = "", name = "", header = ""] = line.split(" ");
      const [, diskId, incrementId] = DISK_FILE.exec(name) ?? [];
      if (kind !== "file" || diskId === undefined || !/^\d{1,15}$/.test(bytes)) return [];
      const parsed = parseQcow2Header(Buffer.from(header, "base64"));
      const virtualSize = parsed.ok ? parsed.header.virtualSize : null;
      return [{ id: Number(diskId), incrementId: Number(incrementId), bytes: Number(bytes), virtualSize }];
    }),
    modifiedAt: Number(modified),
  };
}

/** vm.xml is base64 here and in the reference; some programs store it as plain XML. */
export function documentText(stored: string): string {
  return stored.trimStart().startsWith("<") ? stored : Buffer.from(stored, "base64").toString("utf8");
}
