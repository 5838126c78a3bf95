import { readdir, readFile } from "node:fs/promises";

const STEP_MS = 10;

/**
 * Stop a program, as Ctrl+Z does, as soon as it runs: what it is in the middle of can then be tested at leisure, however
 * fast the machine is. The program is the one whose command line holds all of `words`.
 * @returns a function that lets it go on; it does nothing when the program is gone by then
 */
export async function pauseProgram(words: readonly string[], timeoutMs: number): Promise<() => void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const pid = await findProgram(words);
    if (pid !== null && signal(pid, "SIGSTOP")) return () => void signal(pid, "SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  throw new Error(`No program with ${words.join(" and ")} ran within ${timeoutMs} ms`);
}

async function findProgram(words: readonly string[]): Promise<number | null> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    const [program = ""] = line.split("\0");
    if (words.every((word, index) => (index === 0 ? program.endsWith(word) : line.includes(word)))) return Number(name);
  }
  return null;
}

function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
