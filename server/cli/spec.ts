import type { RpcCall } from "./rpc";

/** The options of one call of a command, read by type. */
export interface Options {
  text(name: string): string | undefined;
  isSet(name: string): boolean;
  /** `--no-name` was given. */
  isOff(name: string): boolean;
}

/** `~/.one/one_auth`, or the file of ONE_AUTH. */
export interface AuthFile {
  path: string;
  /** `user:password` of this call. */
  session: string;
  /** For its owner only (0600); false when it is there and `isForced` is not set. */
  write(session: string, isForced: boolean): Promise<boolean>;
}

/** What a sub-command may use. */
export interface Cli {
  call: RpcCall;
  /** A line on stdout. */
  print(line: string): void;
  /** A line on stderr. */
  warn(line: string): void;
  /** A line that is shown with --verbose only. */
  tell(line: string): void;
  /** A line on a terminal that the next one overwrites; nothing elsewhere. */
  progress(line: string): void;
  /** The template of the file, or of standard input when something is there to be read. */
  readTemplate(file: string | undefined, options?: { isOptional?: boolean }): Promise<string | undefined>;
  /** Who calls, and the file that the next calls read their credentials from. */
  auth: AuthFile;
  /** Epoch ms. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Columns of the terminal; null when stdout is none. */
  width: number | null;
}

/** One sub-command. The tree of these makes the parser, the completion and the page of compatibility. */
export interface Subcommand {
  name: string;
  /** e.g. `<vmids>` and `[file]`, in order. */
  args: readonly string[];
  summary: string;
  /** commander's flags and their meaning. */
  options?: readonly (readonly [flags: string, meaning: string])[];
  /** What differs from OpenNebula; absent when nothing does. */
  differs?: string;
  run(cli: Cli, args: readonly string[], options: Options): Promise<void>;
}

/** A program of the family, e.g. `onevm`. */
export interface Program {
  name: string;
  summary: string;
  commands: readonly Subcommand[];
  /** Sub-commands of the reference that are not offered, and why. */
  missing: Readonly<Record<string, string>>;
}
