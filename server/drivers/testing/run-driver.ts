/** Runs driver actions as the core does: the linked program, the document on stdin, a small environment. */
import { inject } from "vitest";
import { childEnv } from "../../lib/env";
import { type ProcessResult, type RunningProcess, run, start } from "../../lib/process";
import { encodeStdin, parseLogLine, parseMeaning, type StdinForm } from "../../lib/wire";

/** Actions whose document is raw XML or absent; base64 otherwise (docs/drivers.md). */
const FORMS: Readonly<Record<string, StdinForm>> = {
  backup: "raw",
  backup_cancel: "raw",
  ls: "raw",
  verify: "raw",
  changes: "raw",
  boot_check: "raw",
  prebackup: "raw",
  postbackup: "raw",
  prebackup_live: "raw",
  postbackup_live: "raw",
  adopt: "raw",
  clone: "raw",
  deploy: "raw",
  attach_disk: "raw",
  ln: "raw",
  mkimage: "raw",
  delete: "raw",
  restore: "raw",
  postrestore: "raw",
};
const DRIVER_MS = 100_000;

export interface DriverCall {
  /** `datastore/rsync/backup` */
  action: string;
  argv?: readonly string[];
  xml?: string;
  /** STRATA_SSH_CONFIG. */
  sshConfig?: string;
  /** LIBVIRT_DEFAULT_URI, for actions on localhost; a test sshd has its own (sshd.ts). */
  libvirtUri?: string;
  signal?: AbortSignal;
  /** A folder that comes first in PATH: programs that tests put in the way (held-programs.ts). */
  pathFirst?: string;
  /** Another `remotes` folder, for drivers that are not ours. */
  remotesDir?: string;
  onLine?(line: string): void;
}

function prepared(call: DriverCall) {
  if (call.remotesDir === undefined && inject("driverBuildError") !== "") throw new Error(inject("driverBuildError"));
  const words = call.action.split("/");
  const form = words[0] === "downloader" ? "raw" : (FORMS[words.at(-1) ?? ""] ?? "base64");
  const argv = [`${call.remotesDir ?? inject("remotesDir")}/${call.action}`, ...(call.argv ?? [])] as const;
  const options = {
    input: encodeStdin(form, call.xml ?? ""),
    env: {
      ...childEnv(),
      ...(call.pathFirst === undefined ? {} : { PATH: `${call.pathFirst}:${childEnv()["PATH"] ?? ""}` }),
      ...(call.sshConfig === undefined ? {} : { STRATA_SSH_CONFIG: call.sshConfig }),
      ...(call.libvirtUri === undefined ? {} : { LIBVIRT_DEFAULT_URI: call.libvirtUri }),
    },
    timeoutMs: DRIVER_MS,
    termGraceMs: 20_000,
    maxOutputBytes: 1024 * 1024,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    ...(call.onLine === undefined ? {} : { onStderrLine: call.onLine }),
  };
  return { argv, options };
}

/** Run an action to its end. Never rejects for what the driver does. */
export async function runDriver(call: DriverCall): Promise<ProcessResult> {
  const { argv, options } = prepared(call);
  return await run(argv, options);
}

/** Start an action, for tests that kill it. */
export function startDriver(call: DriverCall): RunningProcess {
  const { argv, options } = prepared(call);
  const child = start(argv, options);
  child.end();
  return child;
}

/** Why an action failed, as the core reads it. */
export function reasonOf(result: ProcessResult): string {
  return result.stderr
    .split("\n")
    .filter((line) => line !== "" && parseLogLine(line) === null)
    .join(" ");
}

/** What the log lines of an action mean to the core. */
export function meaningsOf(result: ProcessResult) {
  return result.stderr.split("\n").flatMap((line) => {
    const log = parseLogLine(line);
    const meaning = log === null ? null : parseMeaning(log);
    return meaning === null ? [] : [meaning];
  });
}
