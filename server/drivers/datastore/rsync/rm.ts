import { DriverError, defineAction } from "../../action";
import { SHORT_WORK_MS } from "../../remote";
import { parseXml } from "../../xml";
import { type BackupImage, parseBackupImage } from "./backup-image";
import { type FlattenJournal, readJournal } from "./flatten-journal";
import { numericId, parseRepository } from "./repository";
import { runInRepository } from "./run-in-repository";

/**
 * $1 base path, $2 VM id, $3 image whose flatten journal goes or `-`, then ids. A folder is renamed first: a half-removed
 * point must not look like a whole one. The second loop also removes what an interrupted rm had renamed and what an
 * interrupted upload has left.
 */
const REMOVE = `
set -eu
base=$1; vm=$2; ended=$3; shift 3
dir="$base/$vm"
if [ -L "$dir" ]; then echo "$dir is a symbolic link" >&2; exit 1; fi
if [ ! -d "$dir" ]; then echo missing; exit 0; fi
cd -- "$dir"
for id in "$@"; do
  if [ -d "./$id" ] && [ ! -L "./$id" ]; then mv -T -- "./$id" "./.tmp-rm-$id-$$"; fi
done
sync .
for id in "$@"; do rm -rf -- "./.tmp-rm-$id-"* "./.tmp-$id"; done
if [ "$ended" != - ]; then rm -f -- "./.flatten-$ended.json" "./.flatten-$ended.json.new" "./.flatten-$ended.overlay"; fi
cd -- "$base"
rmdir --ignore-fail-on-non-empty -- "./$vm" || [ ! -e "./$vm" ]
echo removed
`;
/** Large files take long to unlink on some file systems. */
const REMOVE_MS = 10 * SHORT_WORK_MS;

/**
 * `rm <image id>`: remove every point of the image, and nothing else below BASE_PATH. Missing points are fine. After a
 * flatten the image has only the points that were merged.
 */
export const action = defineAction({
  stdin: "base64",
  async run({ argv, xml, signal, log }) {
    const document = parseXml(xml);
    const repository = parseRepository(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.chain.length === 0) return "";
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID); nothing was removed.");
    // -1: a backup that was never recorded, so nothing was merged into it.
    const imageId = argv[0] === undefined || argv[0] === "-1" ? null : numericId("The image id", argv[0]);
    const journal = imageId === null ? null : await readJournal(repository, image.vmId, imageId, signal);
    const { ids, isEnd } = idsToRemove(image, journal);
    const answer = await runInRepository(
      repository,
      `remove ${ids.length} points of VM ${image.vmId} below ${repository.basePath}`,
      REMOVE,
      [repository.basePath, String(image.vmId), isEnd ? String(imageId) : "-", ...ids],
      { signal, timeoutMs: REMOVE_MS },
    );
    if (answer.trim() === "missing") log.warn(`${repository.basePath}/${image.vmId} was not there; nothing to remove`);
    return "";
  },
});

/**
 * The points of the image, and with the full that others were merged into also those others: the image does not list
 * them any more. `isEnd`: the journal has nothing more to tell.
 */
function idsToRemove(image: BackupImage, journal: FlattenJournal | null): { ids: string[]; isEnd: boolean } {
  const ids = new Set(image.chain.map((point) => point.backupId));
  if (journal === null) return { ids: [...ids], isEnd: false };
  const isMergedGone = journal.merged.every((point) => ids.has(point.backupId));
  const isWhole = ids.has(journal.result.backupId);
  if (isWhole && journal.state === "done") for (const point of journal.merged) ids.add(point.backupId);
  return { ids: [...ids], isEnd: isWhole || (isMergedGone && journal.state === "done") };
}
