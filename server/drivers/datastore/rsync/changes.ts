import { type ChangesAnswer, createChangeFold, type DiskChanges } from "../../../domain/point-changes";
import { DriverError, type DriverLog, defineAction, throwIfCancelled } from "../../action";
import { chainNode } from "../../downloader/chain";
import { nameOf } from "../../remote";
import { parseXml } from "../../xml";
import { cutChain, parseBackupImage } from "./backup-image";
import { numericId, parseRepository, type Repository } from "./repository";
import { runGuardedInRepository } from "./run-in-repository";
import { inspectPoints } from "./verify-inspect";

/** A hostile file gets no more than this memory (KiB) and processor time (s); $1 is a node that names every file. */
const MAP = `
command -v qemu-img >/dev/null 2>&1 || { echo "qemu-img is missing there. Install qemu-utils" >&2; exit 1; }
ulimit -c 0
ulimit -v 4194304
ulimit -t 240
exec qemu-img map --output=json -- "$1" </dev/null
`;
const ENTRY = /"start": ?(\d{1,16}), "length": ?(\d{1,16}), "depth": ?\d+, "present": ?(true|false)/;

/**
 * `changes <increment id> <later increment id>`: what each disk's increments after the first point, up to the second,
 * have written. Reads their tables of clusters, on the backup server, and no disk bytes.
 */
export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal, log }) {
    const [fromText = "", toText = "", ...others] = argv;
    if (others.length > 0) throw new DriverError("Usage: changes <increment id> <later increment id>");
    const from = numericId("The earlier increment", fromText);
    const to = numericId("The later increment", toText);
    const document = parseXml(xml);
    const repository = parseRepository(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    if (image.vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const upTo = cutChain(image.chain, to);
    const first = upTo.findIndex((point) => point.incrementId === from);
    if (first === -1 || from === to) throw new DriverError(`Increment ${from} does not come before increment ${to}.`);

    // The earlier point is looked at for its name alone: the increment after it may name it as its backing file.
    const [, ...points] = await inspectPoints(repository, image.vmId, upTo.slice(first), signal);
    const bad = points.find((point) => point.problem !== null);
    if (bad !== undefined) throw new DriverError(`Increment ${bad.incrementId}: ${bad.problem}`);
    const diskIds = points.at(-1)?.files.flatMap((file) => file.diskId ?? []) ?? [];
    const disks: DiskChanges[] = [];
    for (const id of diskIds) {
      throwIfCancelled(signal);
      const files = points.flatMap((point) => point.files.filter((file) => file.diskId === id));
      if (files.length !== points.length) throw new DriverError(`Disk ${id} is not in every point between the two.`);
      disks.push({ id, ...(await mapDisk(repository, `json:${JSON.stringify(chainNode(files))}`, { signal, log })) });
    }
    return JSON.stringify({ disks: disks.sort((a, b) => a.id - b.id) } satisfies ChangesAnswer);
  },
});

/** The increments alone, without what lies below them: what is present in them was written. */
async function mapDisk(
  repository: Repository,
  node: string,
  options: { signal: AbortSignal; log: DriverLog },
): Promise<Omit<DiskChanges, "id">> {
  const fold = createChangeFold();
  let badLine: string | null = null;
  await runGuardedInRepository(repository, "read the tables of the increments", MAP, [node], {
    ...options,
    onStdoutLine: (line) => {
      if (!line.includes('"start"')) return;
      const [, start, length, present] = ENTRY.exec(line) ?? [];
      if (start === undefined) badLine ??= line;
      else fold.add(Number(start), Number(length), present === "true");
    },
  });
  if (badLine !== null) {
    throw new DriverError(
      `qemu-img on ${nameOf(repository.server, "backup server")} does not say what increments hold. It must be of QEMU 6.1 or later.`,
    );
  }
  return fold.result();
}
