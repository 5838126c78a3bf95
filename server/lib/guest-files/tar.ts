import type { ArchiveWriter, Member } from "./archive";

const BLOCK = 512;

/** A tar archive, with long names, large files and owners by pax records (POSIX.1-2001). */
export function createTar(): ArchiveWriter {
  return {
    async *member(member, content) {
      yield header(member);
      yield* content;
      yield padding(member.bytes);
    },
    end: () => Buffer.alloc(2 * BLOCK),
  };
}

/**
 * Header of a member: a pax record with what may not fit, then the old header. Bits beyond rwx are not kept: unpacking
 * makes nothing that runs with other rights.
 */
function header({ path, isFolder, bytes, mode, owner, modifiedAt }: Member): Buffer {
  const name = isFolder ? `${path}/` : path;
  const values = { path: name, size: String(bytes), uid: String(owner.uid), gid: String(owner.gid) };
  const pax = Buffer.from(
    Object.entries(values)
      .map(([key, value]) => paxRecord(key, value))
      .join(""),
  );
  const seconds = Math.floor((modifiedAt ?? 0) / 1000);
  return Buffer.concat([
    block("pax", pax.length, 0o644, 0, "x"),
    pax,
    padding(pax.length),
    block("file", bytes, modeBits(mode), seconds, isFolder ? "5" : "0"),
  ]);
}

/** What fills the last block of a member. */
function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** The nine bits of `rwxr-xr-x`. */
export function modeBits(mode: string): number {
  return [...mode].reduce((bits, sign, index) => (/[rwxst]/.test(sign) ? bits | (0o400 >> index) : bits), 0);
}

function block(name: string, bytes: number, mode: number, seconds: number, type: string): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0").slice(-digits);
  header.write(name, 0, "latin1");
  header.write(`${octal(mode, 7)}\0`, 100, "latin1");
  header.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 108, "latin1");
  // Beyond 8 GiB the pax record says the size.
  header.write(`${octal(bytes < 8 ** 11 ? bytes : 0, 11)}\0`, 124, "latin1");
  header.write(`${octal(Math.min(Math.max(seconds, 0), 8 ** 11 - 1), 11)}\0`, 136, "latin1");
  header.write("        ", 148, "latin1");
  header.write(type, 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return header;
}
