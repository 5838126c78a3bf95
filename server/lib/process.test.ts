import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { run, start } from "./process";

const TIMEOUT = { timeoutMs: 5000 };
let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "strata-process-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** A zombie is dead: in a container nobody may reap it. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function pidIn(file: string): Promise<number> {
  return await vi.waitFor(
    async () => {
      const pid = Number(await readFile(file, "utf8"));
      if (!(pid > 0)) throw new Error("not written yet");
      return pid;
    },
    { timeout: 5000, interval: 10 },
  );
}

describe("run", () => {
  it("gives output and exit code, without a shell", async () => {
    const result = await run(["printf", "%s|", "$(id)", "a b", "'"], TIMEOUT);
    expect(result).toMatchObject({ ok: true, exitCode: 0, signal: null, stdout: "$(id)|a b|'|", stderr: "" });
  });

  it("passes input and closes stdin", async () => {
    expect((await run(["cat"], { ...TIMEOUT, input: "line\n" })).stdout).toBe("line\n");
    expect((await run(["cat"], TIMEOUT)).stdout).toBe("");
  });

  it("survives a child that does not read its input", async () => {
    expect(await run(["true"], { ...TIMEOUT, input: "x".repeat(1_000_000) })).toMatchObject({ ok: true });
  });

  it("reports a failure as a value", async () => {
    const result = await run(["bash", "-c", "echo why >&2; exit 3"], TIMEOUT);
    expect(result).toMatchObject({ ok: false, exitCode: 3, stderr: "why\n", spawnError: null });
  });

  it.each([
    ["a missing program", ["no-such-program-here"], {}, "ENOENT"],
    ["a missing path", ["/no/such/program"], {}, "ENOENT"],
    ["a file that cannot be run", ["/etc/passwd"], {}, "EACCES"],
    ["a NUL", ["echo", "a\0b"], {}, "NUL"],
    ["a missing folder", ["true"], { cwd: "/no/such/folder" }, "ENOENT"],
  ] as const)("says why it could not start: %s", async (_name, argv, options, reason) => {
    const result = await run(argv, { ...TIMEOUT, ...options });
    expect(result).toMatchObject({ ok: false, exitCode: null });
    expect(result.spawnError).toContain(reason);
  });

  it("gives the child exactly the environment it is told", async () => {
    const result = await run(["/usr/bin/env"], { ...TIMEOUT, env: { ONLY: "this" } });
    expect(result.stdout).toBe("ONLY=this\n");
  });

  it("hands the child no secret of ours by default", async () => {
    vi.stubEnv("AUTH_SECRET", "canary-secret");
    const result = await run(["env"], TIMEOUT);
    vi.unstubAllEnvs();
    expect(result.stdout).not.toContain("canary-secret");
    expect(result.stdout).toContain("LC_ALL=C.UTF-8\n");
  });

  it("keeps the tail of long output", async () => {
    const result = await run(["bash", "-c", "seq 1 100000"], { ...TIMEOUT, maxOutputBytes: 1000 });
    expect(result.stdout.length).toBe(1000);
    expect(result.stdout.endsWith("\n99999\n100000\n")).toBe(true);
  });

  it("splits lines at CR and LF, and bounds their length", async () => {
    const lines: string[] = [];
    const script = "printf '  (1/100%%)\\r  (2/100%%)\\r\\nlast'; head -c 200000 /dev/zero | tr '\\0' x";
    await run(["bash", "-c", script], { ...TIMEOUT, onStdoutLine: (line) => lines.push(line) });
    expect(lines.slice(0, 2)).toEqual(["  (1/100%)", "  (2/100%)"]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(64 * 1024);
    expect(lines.join("")).toHaveLength(200_000 + 24);
  });

  it("stops the whole group on abort", async () => {
    const abort = new AbortController();
    const file = path.join(dir, "pid");
    const running = run(["bash", "-c", 'sleep 60 & echo $! >"$0"; wait', file], { ...TIMEOUT, signal: abort.signal });
    const grandchild = await pidIn(file);
    abort.abort();
    expect(await running).toMatchObject({ ok: false, isCancelled: true, timedOut: false, signal: "SIGTERM" });
    await vi.waitFor(() => expect(isAlive(grandchild)).toBe(false));
  });

  it("kills a group that ignores TERM after the grace", async () => {
    const abort = new AbortController();
    const result = await run(["bash", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], {
      ...TIMEOUT,
      signal: abort.signal,
      termGraceMs: 200,
      onStdoutLine: () => abort.abort(),
    });
    expect(result).toMatchObject({ ok: false, timedOut: false, isCancelled: true, signal: "SIGKILL" });
  });

  it("ends what takes too long", async () => {
    const result = await run(["sleep", "60"], { timeoutMs: 200 });
    expect(result).toMatchObject({ ok: false, timedOut: true, isCancelled: false, signal: "SIGTERM" });
  });

  it("does not start when already aborted", async () => {
    const file = path.join(dir, "made");
    const result = await run(["touch", file], { ...TIMEOUT, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ ok: false, isCancelled: true, exitCode: null });
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });

  it("kills what a finished child left behind in its group", async () => {
    const file = path.join(dir, "pid");
    await run(["bash", "-c", 'sleep 60 >/dev/null 2>&1 & echo $! >"$0"', file], TIMEOUT);
    const left = await pidIn(file);
    await vi.waitFor(() => expect(isAlive(left)).toBe(false));
  });
});

describe("start", () => {
  it("talks line by line", async () => {
    const child = start(["bash", "-c", 'while read -r line; do echo "got $line"; done'], TIMEOUT);
    const lines = child.lines()[Symbol.asyncIterator]();
    child.write("one\n");
    expect(await lines.next()).toEqual({ done: false, value: "got one" });
    child.write("two\n");
    expect(await lines.next()).toEqual({ done: false, value: "got two" });
    child.end();
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    expect(await child.done).toMatchObject({ ok: true });
  });

  it("ends the lines of a program that never started", async () => {
    const child = start(["no-such-program-here"], TIMEOUT);
    const lines: string[] = [];
    for await (const line of child.lines()) lines.push(line);
    expect(lines).toEqual([]);
    expect((await child.done).spawnError).toContain("ENOENT");
  });
});

describe("when we are killed with -9", () => {
  it("children and their children die", { timeout: 20_000 }, async () => {
    const module = fileURLToPath(new URL("process.ts", import.meta.url));
    const script = path.join(dir, "parent.mts");
    await writeFile(
      script,
      `import { run } from ${JSON.stringify(module)};
       await run(["bash", "-c", 'echo $$ >"$0/child"; sleep 300 & echo $! >"$0/grandchild"; wait', ${JSON.stringify(dir)}],
         { timeoutMs: 300_000 });`,
    );
    const tsx = fileURLToPath(new URL("../../node_modules/tsx/dist/cli.mjs", import.meta.url));
    // tsx itself starts a second node: the group of that pair is ours to kill, its children lead groups of their own.
    const parent = start([process.execPath, tsx, script], { timeoutMs: 15_000 });
    const child = await pidIn(path.join(dir, "child"));
    const grandchild = await pidIn(path.join(dir, "grandchild"));
    expect([isAlive(child), isAlive(grandchild)]).toEqual([true, true]);
    process.kill(-(parent.pid ?? 0), "SIGKILL");
    expect(await parent.done).toMatchObject({ signal: "SIGKILL" });
    await vi.waitFor(() => expect([isAlive(child), isAlive(grandchild)]).toEqual([false, false]), { timeout: 5000 });
  });
});
