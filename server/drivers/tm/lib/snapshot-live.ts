/**
 * The same snapshots while the guest runs: QEMU has the file open, so QEMU takes them. libvirt has no command for one disk
 * inside its file, so its monitor passes ours on.
 */
import { z } from "zod";
import { type ActionInput, DriverError } from "../../action";
import { parseDomain, parseHypervisor } from "../../vmm/lib/arguments";
import { lookUpActive } from "../../vmm/lib/domain";
import { onHypervisor } from "../../vmm/lib/virsh";
import { isOverlayFile } from "./overlay/stack";
import { parseSnapshotArguments } from "./snapshot";
import { readTopLayer } from "./top-layer";

const SNAPSHOT_MS = 30 * 60_000;
const MAX_ANSWER = 4 * 1024 * 1024;

/** $1 domain, $2 command. The answer is JSON of QEMU. */
const MONITOR = `vir qemu-monitor-command --domain "$1" "$2"`;

const Answer = z.object({ return: z.unknown().optional(), error: z.object({ desc: z.string() }).optional() });
const Blocks = z.array(
  z.object({
    inserted: z
      .object({
        "node-name": z.string().default(""),
        file: z.string(),
        image: z.object({ snapshots: z.array(z.object({ name: z.string() })).default([]) }),
      })
      .optional(),
  }),
);

/** `snap_create_live`, argv as `snap_create`, then ours: `[<deploy id> [<libvirt URI>]]`. One that is there is kept. */
export async function createSnapshotLive(input: ActionInput): Promise<string> {
  const disk = await openLiveDisk(input);
  if (disk.hasSnapshot) return "";
  await disk.execute("blockdev-snapshot-internal-sync", { device: disk.node, name: disk.name });
  return "";
}

/** `snap_delete_live`, argv as `snap_create_live`. Missing is fine. */
export async function deleteSnapshotLive(input: ActionInput): Promise<string> {
  const disk = await openLiveDisk(input);
  if (!disk.hasSnapshot) return "";
  await disk.execute("blockdev-snapshot-delete-internal-sync", { device: disk.node, name: disk.name });
  return "";
}

async function openLiveDisk({ argv, signal }: ActionInput) {
  const { target, vmId, name } = parseSnapshotArguments(argv);
  const domain = parseDomain(argv[4] ?? `one-${vmId}`);
  const at = parseHypervisor(target.machine.host, argv[5]);
  const top = await readTopLayer(target, signal);
  if (top.format !== "qcow2") {
    throw new DriverError(`Disk ${top.diskId} is not qcow2: only qcow2 disks have snapshots.`);
  }
  if (isOverlayFile(top.file)) {
    throw new DriverError(
      `Disk ${top.diskId} records its changes in an overlay (INCREMENT_MODE SNAPSHOT), which a snapshot would be lost with. Power the VM off and take it then.`,
    );
  }
  await lookUpActive(at, domain, signal);
  const execute = async (command: string, args: object): Promise<unknown> => {
    const words = [domain, JSON.stringify({ execute: command, arguments: args })];
    const options = { signal, timeoutMs: SNAPSHOT_MS, maxOutputBytes: MAX_ANSWER };
    const text = await onHypervisor(at, `change the snapshots of disk ${top.diskId}`, MONITOR, words, options);
    const answer = Answer.safeParse(parseJson(text));
    if (!answer.success) throw new DriverError(`QEMU of ${domain} gave no answer to ${command}.`);
    const { error } = answer.data;
    if (error !== undefined) throw new DriverError(`QEMU of ${domain} refuses ${command}: ${error.desc}`);
    return answer.data.return;
  };
  const blocks = Blocks.safeParse(await execute("query-block", {}));
  if (!blocks.success) throw new DriverError(`QEMU of ${domain} gave no list of its disks.`);
  const block = blocks.data.find(({ inserted }) => inserted?.file === top.file)?.inserted;
  if (block === undefined || block["node-name"] === "") {
    throw new DriverError(`The domain ${domain} does not have ${top.file} as a disk.`);
  }
  const hasSnapshot = block.image.snapshots.some((snapshot) => snapshot.name === name);
  return { execute, node: block["node-name"], name, hasSnapshot };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
