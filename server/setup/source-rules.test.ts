import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import nextConfig from "../../next.config.mjs";
import { contentSecurityPolicy } from "./content-security.mjs";

const ROOT = path.join(import.meta.dirname, "../..");

/** Sources of the program itself: tests and set-up may do more. */
function sources(): [name: string, text: string][] {
  return ["app", "components", "server"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name}`)
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.ts$|\/testing\/|\/generated\/|^server\/setup\//.test(name))
      .map((name): [string, string] => [name, readFileSync(path.join(ROOT, name), "utf8")]),
  );
}

const files = sources();
const containing = (pattern: RegExp) => files.filter(([, text]) => pattern.test(text)).map(([name]) => name);

test("processes are started in one place, and never by a shell", () => {
  expect(files.length).toBeGreaterThan(300);
  expect(containing(/from "(node:)?child_process"/)).toEqual(["server/lib/process.ts"]);
  expect(containing(/\bshell: (?!false)/)).toEqual([]);
});

test("no text becomes markup or code", () => {
  expect(containing(/dangerouslySetInnerHTML|\.innerHTML\b|insertAdjacentHTML|document\.write/)).toEqual([]);
  expect(containing(/\beval\(|new Function\(/)).toEqual([]);
});

test("SQL is written as a template with parameters, never put together", () => {
  expect(containing(/\$(query|execute)RawUnsafe/)).toEqual([]);
});

test("scripts run with the nonce of their response only, and no page of another site frames ours", async () => {
  const [one, two] = [1, 2].map(() => contentSecurityPolicy({ isDevelopment: false }));
  expect(one?.nonce).not.toBe(two?.nonce);
  expect(one?.policy).toContain(`script-src 'self' 'nonce-${one?.nonce}' 'strict-dynamic';`);
  expect(one?.policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  for (const rule of ["frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"]) {
    expect(one?.policy).toContain(rule);
  }
  const [all] = (await nextConfig.headers?.()) ?? [];
  expect(all?.source).toBe("/:path*");
  expect(all?.headers).toContainEqual({ key: "X-Content-Type-Options", value: "nosniff" });
});
