/**
 * The frame of every driver action: read argv and stdin, run, print the answer, exit (docs/drivers.md).
 *
 * A driver talks to whichever core runs it through stderr lines and the exit code only, so this is the one place that
 * writes them. A value from a guest or a tool can hold anything; it must never begin a second line, else it could forge
 * a log line or a reason.
 */
import { isMissing } from "./fs-errors";

/** Documents of the core are some KiB; the bound keeps a wrong pipe from filling the memory. */
export const MAX_STDIN_BYTES = 6 * 1024 * 1024;
/** A reason is shown to people and stored with the run. */
const MAX_REASON_CHARS = 4000;
/** More lines a second than this tell nobody anything. */
const PROGRESS_EVERY_MS = 250;
/** 128 + SIGTERM, as a shell reports it. */
export const EXIT_CANCELLED = 143;

/** A failure with a sentence for the operator; anything else that is thrown is a defect of the driver. */
export class DriverError extends Error {
  override readonly name = "DriverError";
}

/** Lines on stderr that our core understands and any other core merely logs. */
export interface DriverLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  debug(text: string): void;
  /** Bytes of the whole action; written at most four times a second, and always at the end. */
  progress(done: number, total: number): void;
  /** Bytes of one disk. */
  progressDisk(diskId: number, done: number, total: number): void;
  /** Facts of a disk, one JSON object. */
  disk(facts: object): void;
  /** The manifest that was stored. */
  manifest(manifest: object): void;
  /** How long the guest stood still while its backup began, ms. */
  frozen(ms: number): void;
  /** No increment is possible: the caller takes a full in a new chain. Throw a DriverError after it. */
  chainReset(reason: string): void;
  /** A flatten fails and has changed nothing. Throw a DriverError after it. */
  chainWhole(): void;
}

export interface ActionInput {
  /** Arguments after the action's own path. */
  argv: string[];
  /** The document, decoded; empty for an action without stdin. */
  xml: string;
  /** Aborted by SIGTERM, SIGINT, SIGHUP, and when nobody reads stderr any more. */
  signal: AbortSignal;
  log: DriverLog;
}

/** What docs/drivers.md says of the action's stdin. */
export type StdinForm = "raw" | "base64" | "none";

export interface DriverAction {
  readonly stdin: StdinForm;
  /** The text for stdout (a line break is added); empty prints nothing. */
  run(input: ActionInput): Promise<string>;
}

/** Declare an action. The result only runs when `runAction` (main.ts) gets it, so tests can call `run` directly. */
export function defineAction(spec: DriverAction): DriverAction {
  return spec;
}

/** One printable line: control characters become `\n`, `\t`, `\xNN`. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Throws when the action was cancelled; call it between steps that do not take the signal themselves. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new DriverError("Cancelled on request.");
}

/** A DriverLog that hands each finished line (without line break) to `write`. */
export function createDriverLog(write: (line: string) => void, now: () => number = () => performance.now()): DriverLog {
  const lastAt = new Map<string, number>();
  const log = (level: string, text: string) => write(`${level}: ${oneLine(text)}`);
  const progress = (label: string, done: number, total: number) => {
    const at = now();
    const last = lastAt.get(label);
    if (last !== undefined && done < total && at - last < PROGRESS_EVERY_MS) return;
    lastAt.set(label, at);
    log("INFO", `${label} ${Math.floor(done)}/${Math.floor(total)}`);
  };
  return {
    info: (text) => log("INFO", text),
    warn: (text) => log("WARN", text),
    error: (text) => log("ERROR", text),
    debug: (text) => log("DEBUG", text),
    progress: (done, total) => progress("progress", done, total),
    progressDisk: (diskId, done, total) => progress(`progress-disk ${diskId}`, done, total),
    disk: (facts) => log("INFO", `disk ${JSON.stringify(facts)}`),
    manifest: (manifest) => log("INFO", `manifest ${JSON.stringify(manifest)}`),
    frozen: (ms) => log("INFO", `frozen ${ms}`),
    chainReset: (reason) => log("INFO", `chain-reset ${reason}`),
    chainWhole: () => log("INFO", "chain-whole"),
  };
}

/** The line that explains a failure: the message of a DriverError, a short hint at a defect for everything else. */
export function failureReason(error: unknown): string {
  const text =
    error instanceof DriverError
      ? error.message
      : isMissing(error)
        ? `A file is missing: ${error.message}`
        : `The driver failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`;
  const line = oneLine(text).slice(0, MAX_REASON_CHARS);
  // A reason that reads like a log line would be taken for one, and the failure would have no reason.
  return /^(ERROR|WARN|INFO|DEBUG):/.test(line) ? `Reason: ${line}` : line;
}

async function readStdin(form: StdinForm, signal: AbortSignal): Promise<string> {
  if (form === "none") return "";
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    throwIfCancelled(signal);
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > MAX_STDIN_BYTES) throw new DriverError("The document on stdin is too large.");
    chunks.push(buffer);
  }
  const text = Buffer.concat(chunks).toString("utf8").trim();
  if (form === "raw") return text;
  if (!/^[A-Za-z0-9+/=\s]*$/.test(text)) throw new DriverError("The document on stdin is not base64.");
  return Buffer.from(text, "base64").toString("utf8");
}

/**
 * Run an action as the program: never rejects, resolves with the exit code after everything was cleaned up.
 *
 * SIGTERM only aborts the signal; the action removes what it made and then fails. A second SIGTERM changes nothing: an
 * impatient core has SIGKILL.
 */
export async function runAction(action: DriverAction, argv: string[]): Promise<number> {
  const controller = new AbortController();
  const cancel = () => {
    controller.abort();
    // An action may be waiting for a stdin that never ends.
    process.stdin.destroy();
  };
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, cancel);
  // The core died without a word: nobody wants the result, so leave nothing behind either.
  process.stderr.on("error", cancel);
  process.stdout.on("error", cancel);
  const log = createDriverLog((line) => process.stderr.write(`${line}\n`));
  try {
    const xml = await readStdin(action.stdin, controller.signal);
    const answer = await action.run({ argv, xml, signal: controller.signal, log });
    if (answer !== "") process.stdout.write(answer.endsWith("\n") ? answer : `${answer}\n`);
    return 0;
  } catch (error) {
    const isCancelled = controller.signal.aborted;
    process.stderr.write(`${isCancelled ? "Cancelled on request." : failureReason(error)}\n`);
    return isCancelled ? EXIT_CANCELLED : 1;
  }
}
