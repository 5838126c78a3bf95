/** `<BASE_PATH>/<vm id>/.flatten-<image id>.json`: how far the merging of a chain has got (docs/drivers.md). */
import { z } from "zod";
import { Manifest } from "../../../domain/backup";
import { DriverError } from "../../action";
import type { Repository } from "./repository";
import { runInRepository } from "./run-in-repository";
import { BACKUP_ID } from "./url";

const Point = z.object({ incrementId: z.number().int().min(0), backupId: z.string().regex(BACKUP_ID) });

export const FlattenJournal = z.object({
  version: z.literal(1),
  state: z.enum(["prepared", "merging", "placing", "done"]),
  vmId: z.number().int().min(0),
  /** Points that go, oldest first; the first is the one that everything is merged into. */
  merged: z.array(Point).min(1),
  /** The point that becomes the full. */
  result: Point,
  diskIds: z.array(z.number().int().min(0)).min(1),
  /** Of the new full, from `placing` on; null when the repository has no manifests. */
  manifest: Manifest.nullable(),
});
export type FlattenJournal = z.infer<typeof FlattenJournal>;

const MAX_JOURNAL_BYTES = 1024 * 1024;

const READ = `
set -eu
file="$1/$2/.flatten-$3.json"
if [ -f "$file" ] && [ ! -L "$file" ]; then head -c "$4" -- "$file"; fi
`;

/**
 * Where the merging of image `imageId` stands; null when none was begun.
 * @throws DriverError when there is a journal that cannot be understood: then nothing of the chain may be touched
 */
export async function readJournal(
  repository: Repository,
  vmId: number,
  imageId: number,
  signal: AbortSignal,
): Promise<FlattenJournal | null> {
  const { basePath } = repository;
  const text = await runInRepository(
    repository,
    `read the journal of image ${imageId}`,
    READ,
    [basePath, String(vmId), String(imageId), String(MAX_JOURNAL_BYTES)],
    { signal, maxOutputBytes: MAX_JOURNAL_BYTES },
  );
  if (text.trim() === "") return null;
  const journal = FlattenJournal.safeParse(jsonOf(text));
  if (!journal.success || journal.data.vmId !== vmId) {
    const file = `${basePath}/${vmId}/.flatten-${imageId}.json`;
    throw new DriverError(`${file} cannot be understood; a newer Strata may have written it. Nothing was changed.`);
  }
  return journal.data;
}

/** $1 folder, $2 file name, $3 bytes; the content on stdin. The pipe of a driver that is killed ends too early. */
const WRITE = `
set -eu
umask 077
cd -- "$1"
cat > "./$2.new"
if [ "$(stat -c %s "./$2.new")" != "$3" ]; then rm -f -- "./$2.new"; echo "not all of $2 arrived" >&2; exit 1; fi
sync -- "./$2.new"
mv -fT -- "./$2.new" "./$2"
sync .
`;

/** Replace a small file of the repository; it is complete on disk when this returns. Not cancelled half-way. */
export async function writeStored(repository: Repository, dir: string, name: string, content: object): Promise<void> {
  const input = `${JSON.stringify(content, null, 1)}\n`;
  await runInRepository(repository, `write ${dir}/${name}`, WRITE, [dir, name, String(Buffer.byteLength(input))], {
    input,
  });
}

export async function writeJournal(repository: Repository, imageId: number, journal: FlattenJournal): Promise<void> {
  await writeStored(repository, `${repository.basePath}/${journal.vmId}`, `.flatten-${imageId}.json`, journal);
}

/** Remove the journal, and what a killed merge has left beside it. */
export async function removeJournal(repository: Repository, vmId: number, imageId: number): Promise<void> {
  const dir = `${repository.basePath}/${vmId}`;
  const script = `set -eu; cd -- "$1"; rm -f -- "./.flatten-$2.json" "./.flatten-$2.json.new" "./.flatten-$2.overlay"; sync .`;
  await runInRepository(repository, `remove the journal of image ${imageId}`, script, [dir, String(imageId)]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
