import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of the clone, with a trailing slash. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The oldest Node that Next, Prisma and our own code run on. */
const OLDEST_NODE = [20, 19];

/**
 * Something the reader can put right: shown as plain text, without a stack.
 */
export class SetupError extends Error {
  name = "SetupError";
}

/**
 * One line about what is happening now.
 * @param {string} text
 */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Refuse to go on with a Node or a system nothing here was tried on.
 */
export function checkPlatform() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new SetupError(
      `Strata needs Node ${OLDEST_NODE.join(".")} or newer; this is ${process.version} (${process.execPath}).`,
    );
  }
  if (process.platform !== "linux") throw new SetupError(`Strata runs on Linux; this is ${process.platform}.`);
}

/**
 * Run `main` when the calling file is the program Node was given; report a failure and exit with 1.
 * @param {string} moduleUrl `import.meta.url` of the caller
 * @param {() => Promise<void>} main
 */
export async function runMain(moduleUrl, main) {
  const program = process.argv[1];
  if (program === undefined || realpathSync(program) !== fileURLToPath(moduleUrl)) return;
  try {
    checkPlatform();
    await main();
  } catch (error) {
    process.stderr.write(
      `\n${error instanceof SetupError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  }
}
