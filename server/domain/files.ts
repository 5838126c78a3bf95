import { z } from "zod";
import { ObjectId } from "./ids";

/**
 * Looking into the file systems of a restore point. Everything named here comes from a guest, so from an enemy: names are
 * shown and sent, never used as paths; files are addressed by the number that their file system gives them.
 */

/** Number of a file in its file system, as The Sleuth Kit writes it (`12`, on NTFS `64-128-2`); empty: the top folder. */
export const FileAddress = z.string().regex(/^(\d{1,20}(-\d{1,6}-\d{1,6})?)?$/);

/** A point to look into. */
export const FilesPoint = z.object({ imageId: ObjectId, incrementId: ObjectId });
export type FilesPoint = z.infer<typeof FilesPoint>;

/** A look that is open, by the run that opened it. */
export const FilesSession = z.object({ sessionId: ObjectId });

const Folder = FilesSession.extend({ volume: z.number().int().min(0).max(255), folder: FileAddress });

export const FilesListInput = Folder.extend({
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(500).default(200),
});
export type FilesListInput = z.infer<typeof FilesListInput>;

export const FilesSearchInput = Folder.extend({ text: z.string().min(1).max(100) });
export type FilesSearchInput = z.infer<typeof FilesSearchInput>;

/** `zip` opens everywhere; `tar` keeps the owners' numbers. */
export const ArchiveFormat = z.enum(["zip", "tar"]);
export type ArchiveFormat = z.infer<typeof ArchiveFormat>;

/** One file by its folder and its number; without `file` the folder itself, as an archive. */
export const FilesDownload = Folder.extend({ file: FileAddress.default(""), format: ArchiveFormat.default("zip") });
export type FilesDownload = z.infer<typeof FilesDownload>;

/** A volume as the session's file on the node keeps it. */
export const StoredVolume = z.object({
  id: z.number().int().min(0),
  diskId: z.number().int().min(0),
  /** "Partition 1", "Logical volume vg/root", "Whole disk". */
  place: z.string(),
  /** As libblkid calls it; null: nothing known is there. */
  fileSystem: z.string().nullable(),
  label: z.string(),
  bytes: z.number().min(0),
  /** Why it cannot be read, null when it can. */
  problem: z.string().nullable(),
  /** First byte in the disk. */
  offset: z.number().min(0),
});
export type StoredVolume = z.infer<typeof StoredVolume>;
export type FilesVolume = Omit<StoredVolume, "offset">;

export type FileKind = "file" | "folder" | "link" | "other";

export interface FileEntry {
  address: string;
  /** Control characters are `^`, bytes that are not UTF-8 `\xHH`. */
  name: string;
  kind: FileKind;
  bytes: number;
  /** `rwxr-xr-x`. */
  mode: string;
  /** Epoch ms, null when unknown. */
  modifiedAt: number | null;
  /** Where a link points to; it is never followed. */
  target: string | null;
}

export interface FilePage {
  entries: FileEntry[];
  total: number;
  /** The folder holds more than is read. */
  isCut: boolean;
}

/** What a search found: with the folder it lies in, relative to where the search began. */
export interface FileHits {
  hits: (FileEntry & { path: string; folder: string })[];
  /** There are more, or the time was over. */
  isCut: boolean;
}

/** How a user's look into a point stands. */
export type FilesView =
  | { state: "none"; reason: string | null }
  | { state: "preparing"; sessionId: number }
  | { state: "failed"; sessionId: number; error: string }
  | { state: "open"; sessionId: number; volumes: FilesVolume[]; expiresAt: number };

/** File systems that can be read, by libblkid's name, with that of their tool: The Sleuth Kit's, or our own for XFS. */
const READERS: Readonly<Record<string, string>> = {
  ext2: "ext",
  ext3: "ext",
  ext4: "ext",
  ntfs: "ntfs",
  vfat: "fat",
  exfat: "exfat",
  iso9660: "iso9660",
  xfs: "xfs",
};

/** The name that the tool has for a file system, null when it cannot be read here. */
export function readerOf(fileSystem: string | null): string | null {
  return fileSystem !== null && Object.hasOwn(READERS, fileSystem) ? (READERS[fileSystem] ?? null) : null;
}

/** Why a volume cannot be read, in words; null when it can. */
export function whyUnreadable(fileSystem: string | null): string | null {
  if (readerOf(fileSystem) !== null) return null;
  if (fileSystem === null) return "No file system was recognised here.";
  if (fileSystem === "swap") return "This is swap space: it holds no files.";
  if (/crypt|luks|bitlocker/i.test(fileSystem))
    return "It is encrypted. Restore the VM, or the disk, and open it with its key.";
  return `Files of ${fileSystem} cannot be read here. Restore the disk and attach it to a VM that can.`;
}

/**
 * The header of a download: never shown by the browser, and a name that cannot end the header or name a folder.
 * The plain name is ASCII; the real one is percent-encoded (RFC 6266, RFC 8187).
 */
export function attachmentHeader(name: string): string {
  const safe = name.replaceAll(/[\u0000-\u001f\u007f-\u009f/\\]/g, "_").replace(/^\.+/, "_") || "file";
  const short = [...safe].slice(0, 255).join("");
  const plain = short.replaceAll(/[^\w .()+=@-]/g, "_");
  const encoded = encodeURIComponent(short.replaceAll(/\p{Surrogate}/gu, "_")).replaceAll(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
