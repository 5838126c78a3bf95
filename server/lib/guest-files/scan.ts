import { z } from "zod";
import { type StoredVolume, whyUnreadable } from "../../domain/files";
import { readable } from "./body-file";
import { logicalVolumes } from "./lvm";
import { isOurs, readerArgv } from "./reader-call";
import { lastLine, runOnDisk } from "./sandbox";

const SECTOR = 512;
const MAX_PARTITIONS = 64;
const PROBE_MS = 30_000;

const Table = z.object({
  partitiontable: z.object({
    label: z.string(),
    sectorsize: z.number().int().default(SECTOR),
    partitions: z
      .array(
        z.object({
          start: z.number().int().min(0),
          size: z.number().int().min(1),
          type: z.string().default(""),
          name: z.string().default(""),
        }),
      )
      .default([]),
  }),
});

interface Area {
  place: string;
  offset: number;
  bytes: number;
  label: string;
}

export type FoundVolume = Omit<StoredVolume, "id" | "diskId">;

/**
 * The volumes of one disk: its partitions, the logical volumes in them, or the whole disk when it is one file system.
 * @param disk a raw file; `program` reads what no tool of the system does
 */
export async function scanDisk(
  disk: { path: string; bytes: number; id: number; program: string },
  signal: AbortSignal,
): Promise<FoundVolume[]> {
  const found = await findVolumes(disk.path, disk.bytes, signal);
  const checked: FoundVolume[] = [];
  for (const volume of found) checked.push({ ...volume, problem: await problemOf(disk, volume, signal) });
  return checked;
}

/** Why a volume cannot be read after all: our own reader knows the features that it does not know. */
async function problemOf(
  { path, id, program }: { path: string; id: number; program: string },
  found: FoundVolume,
  signal: AbortSignal,
): Promise<string | null> {
  const volume = { ...found, id: 0, diskId: id };
  if (found.problem !== null || !isOurs({ volume })) return found.problem;
  const options = { program, signal, timeoutMs: PROBE_MS };
  const result = await runOnDisk(path, readerArgv({ volume }, { do: "check" }), options);
  if (result.ok) return null;
  const why = lastLine(result.spawnError ?? result.stderr) ?? "It cannot be read here.";
  return `${why} Restore the disk and attach it to a VM that can.`;
}

async function findVolumes(disk: string, bytes: number, signal: AbortSignal): Promise<FoundVolume[]> {
  const whole: Area = { place: "Whole disk", offset: 0, bytes, label: "" };
  const areas = (await partitionsOf(disk, signal)) ?? [whole];
  const found: FoundVolume[] = [];
  for (const area of areas) {
    const probed = await probe(disk, area, signal);
    if (probed.TYPE === "LVM2_member") {
      found.push(...(await volumesOf(disk, area, signal)));
      continue;
    }
    found.push(volumeOf(area, probed));
  }
  return found;
}

async function volumesOf(disk: string, area: Area, signal: AbortSignal): Promise<FoundVolume[]> {
  const { volumes, problem } = await logicalVolumes(disk, area, signal);
  if (problem !== null) {
    return [{ ...place(area), fileSystem: "LVM2_member", label: area.label, problem }];
  }
  const found: FoundVolume[] = [];
  for (const volume of volumes) {
    const inside: Area = {
      place: `Logical volume ${volume.name}`,
      offset: volume.offset,
      bytes: volume.bytes,
      label: "",
    };
    if (volume.problem !== null) {
      found.push({ ...place(inside), fileSystem: null, label: "", problem: volume.problem });
    } else {
      found.push(volumeOf(inside, await probe(disk, inside, signal)));
    }
  }
  return found;
}

function volumeOf(area: Area, probed: Probed): FoundVolume {
  const fileSystem = probed.TYPE ?? null;
  const label = readable(Buffer.from(probed.LABEL ?? area.label, "utf8").toString("latin1")).slice(0, 100);
  return { ...place(area), fileSystem, label, problem: whyUnreadable(fileSystem) };
}

function place({ place: name, offset, bytes }: Area): Pick<FoundVolume, "place" | "offset" | "bytes"> {
  return { place: name, offset, bytes };
}

interface Probed {
  TYPE?: string;
  LABEL?: string;
}

/** What libblkid sees at a place of the disk; it reads the bytes itself and asks no cache and no udev. */
async function probe(disk: string, area: Area, signal: AbortSignal): Promise<Probed> {
  const at = ["-O", String(area.offset), "-S", String(area.bytes)];
  const result = await runOnDisk(disk, ["blkid", "-p", "-o", "export", ...at, "DISK"], { signal, timeoutMs: PROBE_MS });
  const found: Probed = {};
  for (const line of result.stdout.split("\n")) {
    const [, key, value = ""] = /^(TYPE|LABEL)=(.*)$/.exec(line) ?? [];
    const text = value.replaceAll(/\\(.)/g, "$1");
    if (key === "TYPE" && /^[\w.+-]{1,40}$/.test(text)) found.TYPE = text;
    if (key === "LABEL") found.LABEL = text;
  }
  return found;
}

/** The partitions of a disk; null when it has no partition table. */
async function partitionsOf(disk: string, signal: AbortSignal): Promise<Area[] | null> {
  const kind = await runOnDisk(disk, ["blkid", "-p", "-o", "export", "DISK"], { signal, timeoutMs: PROBE_MS });
  // A boot sector of FAT or NTFS looks like a table of partitions; libblkid knows them apart.
  if (!/^PTTYPE=/m.test(kind.stdout) || /^TYPE=/m.test(kind.stdout)) return null;
  const result = await runOnDisk(disk, ["sfdisk", "-J", "DISK"], { signal, timeoutMs: PROBE_MS });
  const table = Table.safeParse(parseJson(result.stdout));
  if (!table.success) return null;
  const { sectorsize, partitions } = table.data.partitiontable;
  return partitions
    .map((partition, index): Area & { type: string } => ({
      type: partition.type.toLowerCase(),
      place: `Partition ${index + 1}`,
      offset: partition.start * sectorsize,
      bytes: partition.size * sectorsize,
      label: partition.name,
    }))
    .filter(({ type }) => !["5", "f", "85"].includes(type)) // extended: holds the logical ones, which are listed too
    .slice(0, MAX_PARTITIONS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
