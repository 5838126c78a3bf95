import { readdir, readlink } from "node:fs/promises";
import path from "node:path";

const STEP_MS = 10;

/**
 * Stop a program, as Ctrl+Z does, as soon as it has a file below `folder` open: what it is in the middle of can then be
 * tested at leisure, however fast the machine is.
 * @returns a function that lets it go on; it does nothing when the program is gone by then
 */
export async function pauseWriterBelow(folder: string, timeoutMs: number): Promise<() => void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const pid = await findWriter(`${folder}${path.sep}`);
    if (pid !== null && signal(pid, "SIGSTOP")) return () => void signal(pid, "SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  throw new Error(`No program opened a file below ${folder} within ${timeoutMs} ms`);
}

async function findWriter(prefix: string): Promise<number | null> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const open = await readdir(`/proc/${name}/fd`).catch(() => []);
    const files = await Promise.all(open.map((fd) => readlink(`/proc/${name}/fd/${fd}`).catch(() => "")));
    if (files.some((file) => file.startsWith(prefix))) return Number(name);
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
