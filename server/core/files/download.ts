import type { Readable } from "node:stream";
import { appError } from "../../domain/errors";
import { type ArchiveFormat, FilesDownload } from "../../domain/files";
import { listFolder } from "../../lib/guest-files/list";
import { readArchive, readContent } from "../../lib/guest-files/read";
import type { Ctx } from "../context";
import { auditFiles, openVolume, placeOf, whileReading } from "./access";
import { below, folderPath } from "./paths";
import { touchSession } from "./session-folder";

export interface Download {
  name: string;
  /** Null: it is an archive, whose length is not known before. */
  bytes: number | null;
  type: string;
  content: Readable;
}

const ARCHIVE_TYPES = { zip: "application/zip", tar: "application/x-tar" } as const satisfies Record<
  ArchiveFormat,
  string
>;
/** A download keeps its session open; this often is enough. */
const TOUCH_EVERY_MS = 60_000;

/**
 * The content of a file, or of a folder as an archive. What it is called and how long it is, the file system says, not
 * the request. `place` is for the name of an archive only.
 * @throws AppError FILES_CLOSED, FILES_UNREADABLE, NOT_FOUND, NOT_AUTHORIZED
 */
export async function downloadFiles(ctx: Ctx, raw: FilesDownload, signal: AbortSignal): Promise<Download> {
  const input = FilesDownload.parse(raw);
  const { at, session } = await openVolume(ctx, input);
  let touchedAt = ctx.core.clock.now();
  const { path } = await folderPath(ctx.core, input.sessionId, input);
  const stillUsed = () => {
    if (ctx.core.clock.now() - touchedAt < TOUCH_EVERY_MS) return;
    touchedAt = ctx.core.clock.now();
    void touchSession(ctx.core, input.sessionId);
  };
  return await whileReading(async (release) => {
    if (input.file === "") {
      const name = `backup-${session.imageId}-${session.incrementId}-folder`;
      const { format } = input;
      await auditFiles(ctx, "files-download", session, { ...placeOf(input), path, name: `${name}.${format}` });
      const content = readArchive(at, { address: input.folder, name, format }, signal, stillUsed);
      content.once("close", release);
      await begun(content);
      return { name: `${name}.${format}`, bytes: null, type: ARCHIVE_TYPES[format], content };
    }
    const { entries } = await listFolder(at, input.folder, { offset: 0, limit: Number.MAX_SAFE_INTEGER });
    const file = entries.find((each) => each.address === input.file);
    if (file === undefined) throw appError("NOT_FOUND", { object: "file", id: input.file });
    if (file.kind !== "file")
      throw appError("FILES_UNREADABLE", { reason: "Only files and folders can be downloaded." });
    await auditFiles(ctx, "files-download", session, {
      ...placeOf(input),
      path: path === null ? null : below(path, file.name),
      name: file.name,
      file: input.file,
    });
    const content = readContent(at, file, signal, stillUsed);
    content.once("close", release);
    await begun(content);
    return { name: file.name, bytes: file.bytes, type: "application/octet-stream", content };
  });
}

/** Until the first bytes are there, a download that fails is an answer in words; afterwards it is a broken one. */
async function begun(content: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    content.once("readable", resolve).once("error", reject);
  });
}
