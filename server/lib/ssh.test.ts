import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { run } from "./process";
import { commandOn, guardedOn, quote, scriptOn, sshOptions } from "./ssh";

describe("quote", () => {
  it("gives a real shell exactly the word back", { timeout: 30_000 }, async () => {
    const nasty = fc.constantFrom(
      "$(id)",
      "`id`",
      "'",
      '"',
      "\\",
      "\n",
      "\r",
      "!",
      "~",
      "*",
      "-n",
      "#",
      ";",
      "&&",
      "é",
      "\t",
    );
    const word = fc
      .array(fc.oneof(nasty, fc.string({ unit: "binary" })), { maxLength: 6 })
      .map((parts) => parts.join(""));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), async (raw) => {
        // NUL is refused, and lone surrogates are no text that UTF-8 could carry.
        const words = raw.map((each) => Buffer.from(each.replaceAll("\0", "")).toString());
        const line = ["printf", "%s\\036", ...words].map(quote).join(" ");
        const result = await run(["sh", "-c", line], { timeoutMs: 5000 });
        expect(result.stdout).toBe(words.map((each) => `${each}\u001e`).join(""));
      }),
      { numRuns: 60 },
    );
  });

  it("refuses NUL", () => {
    expect(() => quote("a\0b")).toThrow("NUL");
  });
});

describe("commandOn", () => {
  it("runs directly on localhost", () => {
    expect(commandOn({ host: "localhost", user: "oneadmin", port: 22 }, ["df", "-B1", "/x y"])).toEqual([
      "df",
      "-B1",
      "/x y",
    ]);
    expect(scriptOn({ host: "localhost" }, "echo $1", ["a"])).toEqual([
      "bash",
      "--norc",
      "-c",
      "echo $1",
      "strata",
      "a",
    ]);
    expect(guardedOn({ host: "localhost" }, ["x"])).toEqual(["x"]);
  });

  it("sends one quoted string to the host behind --", () => {
    const argv = commandOn({ host: "bk.example.org", user: "oneadmin", port: 2222 }, ["cat", "a b", "$(id)"]);
    expect(argv[0]).toBe("ssh");
    expect(argv.slice(-3)).toEqual(["--", "bk.example.org", "'cat' 'a b' '$(id)'"]);
    expect(argv.join(" ")).toContain("-p 2222 -l oneadmin");
    expect(argv.join(" ")).toContain("BatchMode=yes");
  });

  it.each([
    { host: "-oProxyCommand=id" },
    { host: "a b" },
    { host: "" },
    { host: "bk", user: "-l" },
    { host: "bk", user: "root;id" },
    { host: "bk", port: 0 },
    { host: "bk", port: 1.5 },
  ])("refuses %j", (machine) => {
    expect(() => commandOn(machine, ["true"])).toThrow();
  });

  it("accepts an IPv6 address", () => {
    expect(commandOn({ host: "::1" }, ["true"])).toContain("::1");
  });

  it("prefers a fast cipher", () => {
    const options = sshOptions({ host: "bk" });
    expect(options[options.indexOf("-c") + 1]).toMatch(/^aes128-gcm@openssh\.com,/);
  });
});

describe("scriptOn", () => {
  it("does not read the user's .bashrc", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "strata-home-"));
    await writeFile(path.join(home, ".bashrc"), "echo noise\n");
    const environment = { HOME: home, PATH: "/usr/bin:/bin" };
    const result = await run(scriptOn({ host: "localhost" }, 'echo "$1"', ["answer"]), {
      timeoutMs: 5000,
      env: environment,
    });
    await rm(home, { recursive: true });
    expect(result.stdout).toBe("answer\n");
  });
});
