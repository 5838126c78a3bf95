import type { FileEntry, FileKind } from "../../domain/files";

/** One line of `fls -m ""`: a file with its path below the folder that was listed. */
export interface BodyLine extends Omit<FileEntry, "name"> {
  /** Names between slashes, without one in front. */
  path: string;
  owner: { uid: number; gid: number };
}

const LINE =
  /^0\|\/(.*)\|(\d{1,20}(?:-\d{1,6}-\d{1,6})?)\|(.)\/(.)([-rwxsStT]{9})\|(\d+)\|(\d+)\|(\d+)\|\d+\|(\d+)\|\d+\|\d+$/s;
/** Attribute $FILE_NAME of NTFS: fls lists it as a file beside each file. */
const FILE_NAME_ATTRIBUTE = /^\d+-48-\d+$/;
const KINDS: Readonly<Record<string, FileKind>> = { r: "file", d: "folder", l: "link" };

/**
 * Read one line in mactime's format. A name may hold bars, so the fields are counted from the right; it holds no newline,
 * because fls writes control characters as `^`. Null: nothing that people look for (metadata of the file system itself).
 * @param bytes the line, without its newline
 */
export function parseBodyLine(bytes: Buffer): BodyLine | null {
  // latin1 keeps every byte, so that what is not UTF-8 can be told.
  const [
    ,
    nameBytes = "",
    address = "",
    nameType = "",
    metaType = "",
    mode = "",
    uid = "",
    gid = "",
    size = "",
    time = "",
  ] = LINE.exec(bytes.toString("latin1")) ?? [];
  if (address === "" || /[Vv]/.test(nameType + metaType) || FILE_NAME_ATTRIBUTE.test(address)) return null;
  const kind = KINDS[metaType] ?? "other";
  const bytesOfFile = Number(size);
  // A link is written as "name -> target", and its size is the length of the target: a name may hold an arrow too.
  const arrowAt = kind === "link" ? nameBytes.length - bytesOfFile - 4 : -1;
  const hasTarget = arrowAt > 0 && nameBytes.slice(arrowAt, arrowAt + 4) === " -> ";
  const seconds = Number(time);
  return {
    path: readable(hasTarget ? nameBytes.slice(0, arrowAt) : nameBytes),
    address,
    kind,
    bytes: Number.isSafeInteger(bytesOfFile) ? bytesOfFile : 0,
    mode,
    modifiedAt: seconds > 0 && seconds < 8e12 ? seconds * 1000 : null,
    owner: { uid: Number(uid), gid: Number(gid) },
    target: hasTarget ? readable(nameBytes.slice(arrowAt + 4)) : null,
  };
}

/** Text of bytes that should be UTF-8; those that are not, and signs that turn text around, are escaped. */
export function readable(latin1: string): string {
  const text = Buffer.from(latin1, "latin1").toString("utf8");
  const valid = text.includes("\ufffd") ? byteWise(latin1) : text;
  return valid.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function byteWise(latin1: string): string {
  const sequences =
    /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;
  return latin1.replaceAll(sequences, (bytes) => {
    const text = Buffer.from(bytes, "latin1").toString("utf8");
    if (!text.includes("\ufffd")) return text;
    return [...bytes].map((byte) => `\\x${byte.charCodeAt(0).toString(16)}`).join("");
  });
}
