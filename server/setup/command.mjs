import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { ROOT, SetupError } from "./report.mjs";

/** Kept of a quiet command's output, to show when it fails. */
const TAIL_CHARS = 20_000;

/**
 * Run a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, uid?: number, gid?: number }} [options]
 *   env: added to ours; quiet: keep the output and show it only if the program fails
 * @returns {Promise<string>} what it wrote when `quiet`, otherwise ""
 * @throws {SetupError} it cannot be started or ends with anything but 0
 */
export async function run(program, args, { cwd = ROOT, env = {}, quiet = false, uid, gid } = {}) {
  const { code, signal, output } = await attempt(program, args, { cwd, env, quiet, uid, gid });
  if (code === 0) return output;
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
  throw new SetupError(`${output}${output === "" ? "" : "\n"}${[program, ...args].join(" ")} ${how}`);
}

/**
 * Run a program to its end and hand back how it ended; an exit code other than 0 is not an error here.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, uid?: number, gid?: number }} [options]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, output: string }>}
 */
export function attempt(program, args, { cwd = ROOT, env = {}, quiet = false, uid, gid } = {}) {
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString("utf8")).slice(-TAIL_CHARS);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    child.once("error", (cause) => reject(new SetupError(`Cannot run ${program}: ${cause.message}`, { cause })));
    child.once("close", (code, signal) => resolve({ code, signal, output }));
  });
}

/**
 * Run a script of a package in node_modules with this Node.
 * @param {string} script path below the clone
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 */
export function runNode(script, args, options = {}) {
  return run(process.execPath, [path.join(ROOT, script), ...args], options);
}

/**
 * Whether a program can be found. The system folders count even when PATH lacks them, as it does for many users.
 * @param {string} program
 */
export function hasProgram(program) {
  const folders = new Set([...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"]);
  return [...folders].some((folder) => folder !== "" && isExecutable(path.join(folder, program)));
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
