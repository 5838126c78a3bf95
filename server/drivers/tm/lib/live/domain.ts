/** The running domain as a live backup needs it: which of its block nodes is which disk, and what they record. */
import { z } from "zod";
import { DriverError } from "../../../action";
import type { Hypervisor } from "../../../vmm/lib/arguments";
import { lookUpActive } from "../../../vmm/lib/domain";
import { onHypervisor } from "../../../vmm/lib/virsh";
import { probeFiles } from "../probe";
import type { Source } from "../source";

const MAX_ANSWER = 8 * 1024 * 1024;

/** $1 domain. What QEMU says of its disks. */
const QUERY_SCRIPT = `vir qemu-monitor-command --domain "$1" '{"execute":"query-block"}'`;

const Bitmap = z.object({
  name: z.string().default(""),
  count: z.number(),
  recording: z.boolean(),
  persistent: z.boolean(),
  inconsistent: z.boolean().default(false),
});
const Blocks = z.object({
  return: z.array(
    z.object({
      inserted: z
        .object({ "node-name": z.string().default(""), file: z.string(), "dirty-bitmaps": z.array(Bitmap).default([]) })
        .optional(),
    }),
  ),
});

export type LiveBitmap = z.infer<typeof Bitmap>;

/** A block device of the domain. */
export interface LiveDevice {
  /** `vda` */
  target: string;
  /** QEMU's name of the top node. */
  node: string;
  /** The file as libvirt names it. */
  file: string;
  bitmaps: LiveBitmap[];
}

export interface LiveDisk extends LiveDevice {
  source: Source;
}

export interface LiveDomain {
  /** In order of the sources. */
  disks: LiveDisk[];
  /** All devices with a file, also those that are not backed up. */
  devices: LiveDevice[];
}

/**
 * Find the disks in the running domain. A disk is the device that has its very file open, so that a domain of another
 * VM, or one whose disk was replaced, is noticed.
 * @throws DriverError when the domain does not run or does not use one of the files
 */
export async function readLiveDomain(
  at: Hypervisor,
  domain: string,
  vmDir: string,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<LiveDomain> {
  const { disks } = await lookUpActive(at, domain, signal);
  const what = `ask QEMU of ${domain} about its disks`;
  const text = await onHypervisor(at, what, QUERY_SCRIPT, [domain], { signal, maxOutputBytes: MAX_ANSWER });
  const answer = Blocks.safeParse(parseJson(text));
  if (!answer.success) throw new DriverError(`QEMU of ${domain} gave no list of its disks.`);
  const devices = disks
    .filter((disk) => disk.type === "file" && disk.source !== "")
    .flatMap(({ target, source: file }): LiveDevice[] => {
      const node = answer.data.return.find(({ inserted }) => inserted?.file === file)?.inserted;
      if (node === undefined || node["node-name"] === "") return [];
      return [{ target, file, node: node["node-name"], bitmaps: node["dirty-bitmaps"] }];
    });
  const realPaths = await realPathsOf(at, devices, vmDir, sources, signal);
  return {
    devices,
    disks: sources.map((source) => {
      const file = source.layers[0]?.file ?? "";
      const device = devices.find((each) => realPaths.get(each.file) === file);
      if (device === undefined) {
        throw new DriverError(
          `The running domain ${domain} does not use ${file} as a disk: was disk ${source.diskId} replaced?`,
        );
      }
      return { ...device, source };
    }),
  };
}

/** What the files of the devices really are; `<vm_dir>/disk.<n>` is known already and costs no connection. */
async function realPathsOf(
  at: Hypervisor,
  devices: readonly LiveDevice[],
  vmDir: string,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const known = new Map(
    sources.flatMap(({ diskId, layers }): [string, string][] => {
      const file = layers[0]?.file ?? "";
      return [
        [file, file],
        [`${vmDir}/disk.${diskId}`, file],
      ];
    }),
  );
  const found = new Set(devices.flatMap(({ file }) => known.get(file) ?? []));
  if (sources.every(({ layers }) => found.has(layers[0]?.file ?? ""))) return known;
  const unknown = devices.map(({ file }) => file).filter((file) => !known.has(file));
  const facts = await probeFiles(at.machine, unknown, signal);
  return new Map([...known, ...facts.map(({ path, realPath }): [string, string] => [path, realPath])]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
