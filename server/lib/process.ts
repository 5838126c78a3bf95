/**
 * The only place that starts processes.
 *
 * Nothing may outlive us: a forgotten qemu-storage-daemon keeps the lock of a disk, and the VM cannot start. So
 * - each child leads a process group of its own, and abort and timeout signal the whole group: TERM, a grace, KILL;
 * - it runs under `setpriv --pdeathsig KILL`, so the kernel kills it when we are killed with -9;
 * - its group is registered with a small reaper (below), which kills what pdeathsig cannot reach: the children of a
 *   shell script. The reaper learns of our death by the end of its stdin.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { childEnv } from "./env";
import { LineSplitter, Tail } from "./process-output";

export type Argv = readonly [string, ...string[]];

export interface RunOptions {
  /** Written to stdin, which is then closed. */
  input?: string;
  /**
   * Leave stdin open until the process ends, for commands of `guardedOn` (ssh.ts). An ssh client is then stopped by
   * closing its stdin first: the guard ends the remote command, and only then does ssh return. Signals follow after
   * the grace.
   */
  holdStdin?: boolean;
  /** The whole environment of the child, not merged with ours; default `childEnv()`. */
  env?: Record<string, string>;
  cwd?: string;
  signal?: AbortSignal;
  timeoutMs: number;
  /** Tail kept of stdout and of stderr, each; default 64 KiB. */
  maxOutputBytes?: number;
  /** Lines end at CR or LF (`qemu-img -p` uses CR); a line longer than `maxLineChars` comes in pieces. Must not throw. */
  onStdoutLine?(line: string): void;
  onStderrLine?(line: string): void;
  /**
   * Takes stdout as bytes with back-pressure; then there are no lines and no `stdout`. It must be read to its end or
   * destroyed, and it may be read long after the process has gone.
   */
  onOutput?(output: Readable): void;
  /** Longest line in one piece, characters; default 64 KiB. */
  maxLineChars?: number;
  /** Between TERM and KILL; default 10 s. */
  termGraceMs?: number;
}

export interface ProcessResult {
  argv: Argv;
  /** Null when a signal ended it, or when it never started. */
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  isCancelled: boolean;
  durationMs: number;
  stdout: string;
  stderr: string;
  /** Exit code 0, not cancelled, not timed out. */
  ok: boolean;
  /** Why it never started, e.g. `ENOENT: qemu-img`. */
  spawnError: string | null;
}

export interface RunningProcess {
  pid: number | undefined;
  /** Write to stdin; ignored once the process has gone. */
  write(text: string): void;
  /** Close stdin. */
  end(): void;
  /** Lines of stdout from now on, for one reader; ends with the output. */
  lines(): AsyncIterable<string>;
  /** Never rejects. */
  done: Promise<ProcessResult>;
}

const DEFAULT_OUTPUT_BYTES = 64 * 1024;
const DEFAULT_LINE_CHARS = 64 * 1024;
const DEFAULT_TERM_GRACE_MS = 10_000;
/** How long a grandchild may hold the output open after the child has gone; then the group is killed. */
const DRAIN_MS = 5_000;
const SETPRIV = "/usr/bin/setpriv";

/** Run to the end. Never rejects: every way to fail is a field of the result. */
export function run(argv: Argv, options: RunOptions): Promise<ProcessResult> {
  const child = start(argv, options);
  if (options.holdStdin !== true) child.end();
  return child.done;
}

/** Start and talk to it; the caller awaits `done` in every case. `input` is written first, stdin stays open. */
export function start(argv: Argv, options: RunOptions): RunningProcess {
  const startedAt = performance.now();
  const environment = options.env ?? childEnv();
  const refused = whyNotStartable(argv, environment["PATH"] ?? "", options);
  if (refused !== null) return neverStarted(argv, refused, options.signal?.aborted === true, startedAt);

  const [file, ...args] = existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--", ...argv] : argv;
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      env: exactly(environment),
      cwd: options.cwd,
      detached: true,
      shell: false,
      stdio: ["pipe", "pipe", "pipe"],
    });
  } catch (error) {
    // Arguments that cannot be passed at all: too long, or a NUL in them.
    return neverStarted(argv, error instanceof Error ? error.message : String(error), false, startedAt);
  }
  return supervise(child, argv, options, startedAt);
}

function supervise(child: ChildProcess, argv: Argv, options: RunOptions, startedAt: number): RunningProcess {
  const { pid, stdin, stdout, stderr } = child;
  if (pid !== undefined) reaper.add(pid);
  const maxBytes = options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
  const queue = new LineQueue();
  const maxLine = options.maxLineChars ?? DEFAULT_LINE_CHARS;
  const isRaw = options.onOutput !== undefined;
  const out = collect(isRaw ? null : stdout, maxBytes, maxLine, (line) => {
    options.onStdoutLine?.(line);
    queue.push(line);
  });
  if (stdout !== null) options.onOutput?.(stdout);
  const err = collect(stderr, maxBytes, maxLine, (line) => options.onStderrLine?.(line));
  // The child may exit without reading its input: that is its business, the exit code tells.
  stdin?.on("error", () => undefined);
  if (options.input !== undefined) stdin?.write(options.input);

  let timedOut = false;
  let isCancelled = false;
  let spawnError: string | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const termGraceMs = options.termGraceMs ?? DEFAULT_TERM_GRACE_MS;
  const signalThenKill = () => {
    signalGroup(pid, "SIGTERM");
    killTimer = setTimeout(() => signalGroup(pid, "SIGKILL"), termGraceMs);
  };
  const terminate = () => {
    if (killTimer !== undefined) return;
    if (options.holdStdin === true && argv[0] === "ssh") {
      stdin?.end();
      killTimer = setTimeout(signalThenKill, termGraceMs);
    } else {
      signalThenKill();
    }
  };
  const onAbort = () => {
    isCancelled = true;
    terminate();
  };
  const timeout = setTimeout(() => {
    timedOut = true;
    terminate();
  }, options.timeoutMs);
  options.signal?.addEventListener("abort", onAbort, { once: true });

  const done = new Promise<ProcessResult>((resolve) => {
    let drain: NodeJS.Timeout | undefined;
    const finish = (exitCode: number | null, signal: string | null) => {
      clearTimeout(timeout);
      clearTimeout(killTimer);
      clearTimeout(drain);
      options.signal?.removeEventListener("abort", onAbort);
      // Whatever the child left behind in its group goes with it.
      signalGroup(pid, "SIGKILL");
      if (pid !== undefined) reaper.remove(pid);
      stdin?.destroy();
      out.end();
      err.end();
      queue.close();
      const ok = exitCode === 0 && !timedOut && !isCancelled && spawnError === null;
      const durationMs = performance.now() - startedAt;
      resolve({
        argv,
        exitCode,
        signal,
        timedOut,
        isCancelled,
        durationMs,
        stdout: out.text(),
        stderr: err.text(),
        ok,
        spawnError,
      });
    };
    child.on("error", (error) => {
      if (pid !== undefined) return;
      spawnError = error.message;
      finish(null, null);
    });
    child.on("exit", () => {
      if (isRaw) return;
      drain = setTimeout(() => {
        signalGroup(pid, "SIGKILL");
        stdout?.destroy();
        stderr?.destroy();
      }, DRAIN_MS);
    });
    child.on("close", finish);
  });

  return {
    pid,
    write: (text) => {
      if (stdin?.writable) stdin.write(text);
    },
    end: () => stdin?.end(),
    lines: () => queue,
    done,
  };
}

/** Next declares NODE_ENV as present in every environment; a child's has what it is given. */
function exactly(environment: Record<string, string>): NodeJS.ProcessEnv {
  return environment as NodeJS.ProcessEnv;
}

function collect(stream: Readable | null, maxBytes: number, maxLineChars: number, onLine: (line: string) => void) {
  const tail = new Tail(maxBytes);
  const splitter = new LineSplitter(onLine, maxLineChars);
  stream?.on("data", (chunk: Buffer) => {
    tail.push(chunk);
    splitter.push(chunk);
  });
  stream?.on("error", () => undefined);
  return { end: () => splitter.end(), text: () => tail.text() };
}

/** Lines between the event that brings them and the one reader that awaits them. */
class LineQueue implements AsyncIterable<string> {
  readonly #lines: string[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  push(line: string): void {
    this.#lines.push(line);
    this.#wake?.();
    // Nobody reads: `run` and callers that only use callbacks. Keep a bounded backlog.
    if (this.#lines.length > 10_000) this.#lines.shift();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    while (true) {
      const line = this.#lines.shift();
      if (line !== undefined) yield line;
      else if (this.#isClosed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** setpriv would answer a missing program with exit code 127 and its own message, so look first. */
function whyNotStartable(argv: Argv, searchPath: string, options: RunOptions): string | null {
  if (options.signal?.aborted) return "cancelled before it started";
  const [program] = argv;
  if (argv.some((word) => word.includes("\0"))) return "an argument contains NUL";
  if (options.cwd !== undefined && !existsSync(options.cwd)) return `ENOENT: folder ${options.cwd}`;
  const candidates = program.includes("/")
    ? [path.resolve(options.cwd ?? ".", program)]
    : searchPath
        .split(":")
        .filter((folder) => folder !== "")
        .map((folder) => path.join(folder, program));
  if (candidates.some(isExecutable)) return null;
  return candidates.some((candidate) => existsSync(candidate)) ? `EACCES: ${program}` : `ENOENT: ${program}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function neverStarted(argv: Argv, reason: string, isCancelled: boolean, startedAt: number): RunningProcess {
  const queue = new LineQueue();
  queue.close();
  const durationMs = performance.now() - startedAt;
  const base = { argv, exitCode: null, signal: null, timedOut: false, stdout: "", stderr: "", ok: false };
  return {
    pid: undefined,
    write: () => undefined,
    end: () => undefined,
    lines: () => queue,
    done: Promise.resolve({ ...base, isCancelled, durationMs, spawnError: reason }),
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: everything in the group has gone already.
  }
}

/** Remembers groups by `+pgid` and `-pgid` lines; kills the rest when stdin ends, which is when we are gone. */
const REAPER_SCRIPT = `
trap '' TERM INT HUP PIPE
declare -A groups
while read -r sign group; do
  if [ "$sign" = + ]; then groups[$group]=1; else unset "groups[$group]"; fi
done
for group in "\${!groups[@]}"; do kill -KILL -- "-$group"; done
`;

/** One reaper for all children of this process; it is started with the first and does not keep us alive. */
const reaper = {
  child: undefined as ChildProcess | undefined,

  ensure(): ChildProcess | undefined {
    if (this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null) return this.child;
    if (!existsSync("/bin/bash")) return undefined;
    const child = spawn("/bin/bash", ["--norc", "-c", REAPER_SCRIPT], {
      env: exactly({}),
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.on("error", () => undefined);
    child.stdin?.on("error", () => undefined);
    child.unref();
    // The pipe is a socket at run time; a plain Writable has no unref.
    const pipe: unknown = child.stdin;
    if (typeof pipe === "object" && pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
    this.child = child;
    return child;
  },
  add(pid: number): void {
    this.ensure()?.stdin?.write(`+ ${pid}\n`);
  },
  remove(pid: number): void {
    this.child?.stdin?.write(`- ${pid}\n`);
  },
};
