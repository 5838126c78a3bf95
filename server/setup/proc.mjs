import { readFileSync, readlinkSync } from "node:fs";

/**
 * When a process began, in clock ticks since boot: with the pid it names one process for ever, as the kernel
 * hands out pids again.
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process, or it is only waiting to be reaped
 */
export function processStart(pid) {
  try {
    // The second field is the program's name in parentheses and may hold spaces: count from the last parenthesis.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @returns {string | undefined} its working folder
 */
export function processFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/**
 * Look every 20 ms until `done` or the time is over.
 * @param {() => boolean} done
 * @param {number} timeoutMs
 * @returns {Promise<boolean>} whether it came true
 */
export async function waitUntil(done, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  while (!done()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
