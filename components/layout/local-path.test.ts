import { expect, test } from "vitest";
import { localPath, signInHref } from "./local-path";

test.each([
  ["/vms/3?tab=points", "/vms/3?tab=points"],
  ["http://strata.example:3000/activity", "/activity"],
  ["//evil.example/vms", "/vms"],
  ["http://a//evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["http://", "/"],
  [undefined, "/"],
  [["/a", "/b"], "/"],
])("%s leads to %s", (value, path) => {
  expect(localPath(value)).toBe(path);
});

test.each([
  ["/vms/3?tab=points", "/login?callbackUrl=%2Fvms%2F3%3Ftab%3Dpoints"],
  ["/vms?q=a&_rsc=1x2", "/login?callbackUrl=%2Fvms%3Fq%3Da"],
  ["//evil.example/vms", "/login?callbackUrl=%2Fvms"],
  ["/", "/login"],
  [null, "/login"],
])("from %s the sign-in is %s", (path, href) => {
  expect(signInHref(path)).toBe(href);
});
