import { expect, test } from "vitest";
import { isSameOrigin } from "./same-origin";

const OWN = { host: "strata.example:3000", origin: "http://strata.example:3000" };

test.each<[string, string, Record<string, string>, boolean]>([
  ["our page posts", "POST", { ...OWN, "sec-fetch-site": "same-origin" }, true],
  ["our page posts, old browser", "POST", OWN, true],
  ["our page reads", "GET", { host: OWN.host, "sec-fetch-site": "same-origin" }, true],
  ["typed into the address bar", "GET", { host: OWN.host, "sec-fetch-site": "none" }, true],
  [
    "a foreign page posts",
    "POST",
    { host: OWN.host, origin: "http://evil.example", "sec-fetch-site": "cross-site" },
    false,
  ],
  ["a foreign page posts, old browser", "POST", { host: OWN.host, origin: "http://evil.example" }, false],
  ["a foreign page reads", "GET", { host: OWN.host, "sec-fetch-site": "cross-site" }, false],
  ["a sibling of the same site", "POST", { ...OWN, "sec-fetch-site": "same-site" }, false],
  ["another port of the same host", "POST", { host: OWN.host, origin: "http://strata.example:4000" }, false],
  ["a sandboxed frame", "POST", { host: OWN.host, origin: "null" }, false],
  ["no origin at all", "POST", { host: OWN.host }, false],
  ["an origin that is no URL", "POST", { host: OWN.host, origin: "strata.example:3000" }, false],
  [
    "a name that begins like ours",
    "POST",
    { host: OWN.host, origin: "http://strata.example:3000.evil.example" },
    false,
  ],
  ["our name as a user name", "POST", { host: OWN.host, origin: "http://strata.example:3000@evil.example" }, false],
  [
    "behind a proxy",
    "POST",
    { host: "127.0.0.1:3000", "x-forwarded-host": "backup.example", origin: "https://backup.example" },
    true,
  ],
  ["unsafe methods are like POST", "DELETE", { host: OWN.host }, false],
])("%s", (_name, method, headers, expected) => {
  expect(isSameOrigin(new Request("http://127.0.0.1:3000/api/trpc/x", { method, headers }))).toBe(expected);
});
