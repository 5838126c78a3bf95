import { z } from "zod";
import { ArchiveFormat, FileAddress, StoredVolume } from "../../domain/files";
import type { OpenVolume } from "./list";

/** What the program in the sandbox (`reader.ts`) is asked, as its one argument. */
export const ReaderCall = z.object({
  volume: StoredVolume,
  ask: z.discriminatedUnion("do", [
    /** Nothing when the file system can be read, otherwise why not. */
    z.object({ do: z.literal("check") }),
    z.object({ do: z.literal("list"), folder: FileAddress, isDeep: z.boolean() }),
    z.object({ do: z.literal("content"), file: FileAddress }),
    z.object({ do: z.literal("archive"), folder: FileAddress, name: z.string(), format: ArchiveFormat }),
  ]),
});
export type ReaderCall = z.infer<typeof ReaderCall>;

/** Whether files of this volume are read by our own program, and not by The Sleuth Kit. */
export function isOurs({ volume }: Pick<OpenVolume, "volume">): boolean {
  return volume.fileSystem === "xfs";
}

/** argv for `runOnDisk`, which needs the file of the program besides. */
export function readerArgv({ volume }: Pick<OpenVolume, "volume">, ask: ReaderCall["ask"]): string[] {
  return ["READER", JSON.stringify({ volume, ask } satisfies ReaderCall)];
}
