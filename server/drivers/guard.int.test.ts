/** The guard of server/lib/ssh.ts over a real sshd: a remote command ends with its connection, and with us. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run, start } from "../lib/process";
import { guardedOn, guardedScriptOn, scriptOn } from "../lib/ssh";
import { tempDir } from "./testing/disks";
import { startSshd, type TestSshd } from "./testing/sshd";

const HOST = { host: "hv1" };
const TIMEOUT = { timeoutMs: 30_000 };
let sshd: TestSshd;
let dir = "";
let remove: () => Promise<void>;

beforeAll(async () => {
  sshd = await startSshd(["hv1"]);
  vi.stubEnv("STRATA_SSH_CONFIG", sshd.configPath);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await sshd.stop();
});
beforeEach(async () => {
  ({ dir, remove } = await tempDir());
});
afterEach(async () => {
  await remove();
});

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** The pids that the remote command wrote, one a line. */
async function pidsIn(file: string, count: number): Promise<number[]> {
  return await vi.waitFor(
    async () => {
      const pids = (await readFile(file, "utf8")).trim().split("\n").map(Number);
      expect(pids).toHaveLength(count);
      return pids;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** A command with a child, both of which ignore TERM when told to. */
const FAMILY = `
if [ "$2" = stubborn ]; then trap '' TERM; fi
sleep 300 & { echo $$; echo $!; } >"$1"
while :; do wait; sleep 0.2; done
`;

describe("guardedOn", () => {
  it("passes stdin, output and exit code like a plain command", async () => {
    const echo = start(guardedOn(HOST, ["cat"]), { ...TIMEOUT, holdStdin: true });
    const lines = echo.lines()[Symbol.asyncIterator]();
    echo.write("it's $(one) line\n");
    expect((await lines.next()).value).toBe("it's $(one) line");
    echo.end();
    expect(await echo.done).toMatchObject({ stderr: "" });

    const failing = await run(guardedScriptOn(HOST, 'echo "$1"; echo why >&2; exit 7', ["a b"]), {
      ...TIMEOUT,
      holdStdin: true,
    });
    expect(failing).toMatchObject({ exitCode: 7, stdout: "a b\n", stderr: "why\n" });
  });

  it.each(["willing", "stubborn"])(
    "ends a %s command and its child before ssh returns, when cancelled",
    async (manner) => {
      const abort = new AbortController();
      const file = path.join(dir, "pids");
      const running = run(guardedScriptOn(HOST, FAMILY, [file, manner]), {
        ...TIMEOUT,
        holdStdin: true,
        signal: abort.signal,
      });
      const pids = await pidsIn(file, 2);
      abort.abort();
      expect(await running).toMatchObject({ ok: false, isCancelled: true });
      expect(pids.map(isAlive)).toEqual([false, false]);
    },
  );

  it("ends the command when the connection dies without a word", async () => {
    const file = path.join(dir, "pids");
    const running = start(guardedScriptOn(HOST, FAMILY, [file, "willing"]), { ...TIMEOUT, holdStdin: true });
    const pids = await pidsIn(file, 2);
    process.kill(-(running.pid ?? 0), "SIGKILL");
    await running.done;
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), { timeout: 15_000, interval: 50 });
  });
});

describe("scriptOn", () => {
  it("gives the remote script its parameters unchanged", async () => {
    const words = ["a b", "$(id)", "it's", 'say "x"', "line\nbreak", "", "*", "é"];
    const result = await run(scriptOn(HOST, 'printf "%s\\037" "$@"', words), TIMEOUT);
    expect(result.stdout).toBe(words.map((word) => `${word}\u001f`).join(""));
  });
});
