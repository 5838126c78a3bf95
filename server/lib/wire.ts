/** The driver protocol of docs/drivers.md as the core reads it and as drivers write it. */
import { z } from "zod";
import type { LogLevel } from "../domain/action";
import { Manifest } from "../domain/backup";

export interface LogLine {
  level: LogLevel;
  text: string;
}

/** Facts of one staged or stored disk. */
export const DiskFacts = z.object({
  id: z.number().int().min(0),
  /** Size of the disk the guest sees, bytes. */
  virtualSize: z.number().int().min(0),
  file: z.string(),
  /** Length of the file, bytes. */
  bytes: z.number().int().min(0),
  /** Dirty bitmap the next increment starts from; null: none. */
  bitmap: z.string().nullable(),
});
export type DiskFacts = z.infer<typeof DiskFacts>;

/** A log line that means something to our core. */
export type Meaning =
  | { kind: "progress"; done: number; total: number }
  | { kind: "progress-disk"; diskId: number; done: number; total: number }
  | { kind: "disk"; disk: DiskFacts }
  | { kind: "manifest"; manifest: Manifest }
  /** How long the guest stood still, ms. */
  | { kind: "frozen"; ms: number }
  | { kind: "chain-reset"; reason: string }
  | { kind: "chain-whole" };

/** Documents are some KiB; the bound keeps a wrong pipe from filling the memory. Bytes. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

const LOG_LINE = /^(ERROR|WARN|INFO|DEBUG):\s*(.*)$/s;

/** A stderr line as a log line; null when it belongs to the reason of a failure. */
export function parseLogLine(line: string): LogLine | null {
  const match = LOG_LINE.exec(line);
  const level = match?.[1];
  if (level !== "ERROR" && level !== "WARN" && level !== "INFO" && level !== "DEBUG") return null;
  return { level, text: (match?.[2] ?? "").trim() };
}

/** What a log line means to us; null for an ordinary one, and for a malformed one: a foreign driver may say anything. */
export function parseMeaning({ level, text }: LogLine): Meaning | null {
  if (level !== "INFO") return null;
  const [word = "", ...rest] = text.split(" ");
  const value = rest.join(" ");
  switch (word) {
    case "progress": {
      const counts = parseCounts(value);
      return counts && { kind: "progress", ...counts };
    }
    case "progress-disk": {
      const [id = "", ...of] = rest;
      const counts = parseCounts(of.join(" "));
      return counts && /^\d{1,6}$/.test(id) ? { kind: "progress-disk", diskId: Number(id), ...counts } : null;
    }
    case "disk": {
      const disk = DiskFacts.safeParse(parseJson(value));
      return disk.success ? { kind: "disk", disk: disk.data } : null;
    }
    case "manifest": {
      const manifest = Manifest.safeParse(parseJson(value));
      return manifest.success ? { kind: "manifest", manifest: manifest.data } : null;
    }
    case "frozen":
      return /^\d{1,9}$/.test(value) ? { kind: "frozen", ms: Number(value) } : null;
    case "chain-reset":
      return value === "" ? null : { kind: "chain-reset", reason: value };
    case "chain-whole":
      return { kind: "chain-whole" };
    default:
      return null;
  }
}

/** The stderr line (without line break) that carries `meaning`. */
export function formatMeaning(meaning: Meaning): string {
  switch (meaning.kind) {
    case "progress":
      return `INFO: progress ${meaning.done}/${meaning.total}`;
    case "progress-disk":
      return `INFO: progress-disk ${meaning.diskId} ${meaning.done}/${meaning.total}`;
    case "disk":
      return `INFO: disk ${JSON.stringify(meaning.disk)}`;
    case "manifest":
      return `INFO: manifest ${JSON.stringify(meaning.manifest)}`;
    case "frozen":
      return `INFO: frozen ${meaning.ms}`;
    case "chain-reset":
      return `INFO: chain-reset ${meaning.reason.replaceAll(/\s+/g, " ").trim()}`;
    case "chain-whole":
      return "INFO: chain-whole";
  }
}

/**
 * Why a driver failed: its stderr without the log lines, joined by a blank (the reference joins by nothing, which runs
 * sentences together). Empty when it said nothing.
 */
export function failureReason(stderr: string): string {
  return stderr
    .split(/[\r\n]+/)
    .filter((line) => parseLogLine(line) === null)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}

export type StdinForm = "raw" | "base64" | "none";

/** What goes to stdin. Throws when the document is above MAX_DOCUMENT_BYTES. */
export function encodeStdin(form: StdinForm, xml: string): string {
  if (form === "none") return "";
  const bytes = Buffer.from(xml, "utf8");
  if (bytes.length > MAX_DOCUMENT_BYTES) throw new Error("The document for the driver is above 4 MiB.");
  return form === "base64" ? bytes.toString("base64") : xml;
}

/** The document that came on stdin. Throws when it is too large or not base64. */
export function decodeStdin(form: StdinForm, input: string): string {
  if (form === "none") return "";
  const text = form === "raw" ? input : input.replaceAll(/\s+/g, "");
  // Base64 is 4/3 of the document.
  if (text.length > (form === "raw" ? MAX_DOCUMENT_BYTES : Math.ceil((MAX_DOCUMENT_BYTES * 4) / 3) + 4)) {
    throw new Error("The document on stdin is above 4 MiB.");
  }
  if (form === "raw") return text;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Error("The document on stdin is not base64.");
  return Buffer.from(text, "base64").toString("utf8");
}

export interface BackupAnswer {
  backupId: string;
  sizeMb: number;
  /** `raw` when the driver does not say. */
  format: string;
}

/** `<id> <size MiB> [format]`, first line; null when it is something else. */
export function parseBackupAnswer(stdout: string): BackupAnswer | null {
  const [backupId = "", size = "", format = "raw", ...more] = firstLine(stdout).split(/\s+/);
  if (backupId === "" || more.length > 0 || !/^\d{1,12}$/.test(size) || !/^\w{1,16}$/.test(format)) return null;
  return { backupId, sizeMb: Number(size), format };
}

/** What `increment_flatten` leaves of a chain, oldest first; the first point is the new full. */
export interface FlattenAnswer {
  sizeMb: number;
  points: { incrementId: number; source: string }[];
}

/** `<size MiB> <id>:<source>,…`, first line; `unchanged` when there is nothing, null when it is something else. */
export function parseFlattenAnswer(stdout: string): FlattenAnswer | "unchanged" | null {
  const line = firstLine(stdout);
  if (line === "") return "unchanged";
  const [size = "", list = "", ...more] = line.split(/\s+/);
  if (!/^\d{1,12}$/.test(size) || more.length > 0) return null;
  const points = list.split(",").map((pair) => {
    const [, incrementId = "", source = ""] = /^(\d{1,9}):([\w./-]{1,128})$/.exec(pair) ?? [];
    return { incrementId: Number(incrementId), source };
  });
  return points.some((point) => point.source === "") ? null : { sizeMb: Number(size), points };
}

export interface MonitorAnswer {
  usedMb: number;
  totalMb: number;
  freeMb: number;
  /** Id that the repository carries itself; null: the driver does not say. */
  repoId: string | null;
}

/** `USED_MB=`, `TOTAL_MB=` and `FREE_MB=`, on lines or separated by blanks; a unit behind the number is ignored; of ours also `REPO_ID=`. */
export function parseMonitorAnswer(stdout: string): MonitorAnswer | null {
  const read = (name: string) => {
    const number = new RegExp(`(?:^|\\s)${name}\\s*=\\s*"?(\\d{1,15}(?:\\.\\d+)?)`).exec(stdout)?.[1];
    return number === undefined ? null : Math.round(Number(number));
  };
  const [usedMb, totalMb, freeMb] = [read("USED_MB"), read("TOTAL_MB"), read("FREE_MB")];
  const repoId = /(?:^|\s)REPO_ID\s*=\s*"?([0-9a-f]{6,64})"?(?=\s|$)/.exec(stdout)?.[1] ?? null;
  return usedMb === null || totalMb === null || freeMb === null ? null : { usedMb, totalMb, freeMb, repoId };
}

/** `<path of the stored file> <format>`, first line; the path may hold blanks. In Ceph it is `<pool>/<image>`. */
export function parseCopyAnswer(stdout: string): { source: string; format: string } | null {
  const match = /^(\/.*|[\w.-]+\/[\w.-]+)\s+(\w{1,16})$/.exec(firstLine(stdout));
  const [, source, format] = match ?? [];
  return source === undefined || format === undefined ? null : { source: source.trim(), format };
}

/** `<size MiB>` of `stat`, first line. */
export function parseSizeAnswer(stdout: string): number | null {
  const text = firstLine(stdout);
  return /^\d{1,12}$/.test(text) ? Number(text) : null;
}

function firstLine(stdout: string): string {
  return stdout.trimStart().split(/\r?\n/, 1)[0]?.trim() ?? "";
}

function parseCounts(text: string): { done: number; total: number } | null {
  const [, done, total] = /^(\d{1,15})\/(\d{1,15})$/.exec(text.trim()) ?? [];
  return done === undefined || total === undefined ? null : { done: Number(done), total: Number(total) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
