/** Programs in the way of a driver: one waits at a chosen word until it is let go, so that a fault hits just there. */
import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { systemClock } from "../../lib/clock";

const REACHED_MS = 60_000;

export interface HeldProgram {
  /** For DriverCall.pathFirst. */
  dir: string;
  /** Resolves when the program waits. */
  reached(): Promise<void>;
  /** Let it go on, and all that come later. */
  release(): Promise<void>;
}

/**
 * @param dir a new folder for it
 * @param program full path of the real one
 * @param word of its command line at which it waits, e.g. `backup-begin`
 */
export async function holdProgram(dir: string, program: string, word: string): Promise<HeldProgram> {
  await mkdir(dir, { recursive: true });
  const [held, reached] = [path.join(dir, "held"), path.join(dir, "reached")];
  await writeFile(held, "");
  const file = path.join(dir, path.basename(program));
  const script = [
    "#!/bin/bash",
    `for each in "$@"; do if [ "$each" = ${word} ]; then`,
    `  here=$(dirname -- "$0"); : >"$here/reached"; n=0`,
    '  while [ -e "$here/held" ] && [ "$n" -lt 1200 ]; do sleep 0.1; n=$((n + 1)); done',
    "fi; done",
    `exec ${program} "$@"`,
    "",
  ];
  await writeFile(file, script.join("\n"));
  await chmod(file, 0o755);
  return {
    dir,
    reached: async () => {
      const until = performance.now() + REACHED_MS;
      while (!existsSync(reached)) {
        if (performance.now() > until) throw new Error(`nothing reached ${program} ${word}`);
        await systemClock.sleep(20);
      }
    },
    release: async () => await rm(held, { force: true }),
  };
}
