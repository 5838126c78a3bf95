import { expect, test } from "vitest";
import { localPath } from "./local-path";

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
