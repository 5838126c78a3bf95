import { appError } from "../../domain/errors";

/** A file by its number, and how long its folder says it is. */
export interface SizedFile {
  address: string;
  bytes: number;
}

/** Pass the content of a file on, if it is neither longer nor shorter than it should be. */
export async function* exactly(
  file: SizedFile,
  source: AsyncIterable<Buffer> | Iterable<Buffer>,
): AsyncGenerator<Buffer> {
  let seen = 0;
  for await (const chunk of source) {
    seen += chunk.length;
    if (seen > file.bytes) throw unreadable("The file is longer than its folder says.");
    yield chunk;
  }
  if (seen !== file.bytes) throw unreadable(`Only ${seen} of ${file.bytes} bytes of the file can be read.`);
}

/** Why something cannot be read, for a person. */
export function unreadable(reason: string): Error {
  return appError("FILES_UNREADABLE", { reason });
}
