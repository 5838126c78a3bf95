import { describe, expect, it } from "vitest";
import { isSafePath } from "./source-file";

describe("isSafePath", () => {
  it.each<[string, string[], string[], boolean]>([
    ["/var/tmp/x", ["/var/tmp"], ["/"], true],
    ["/etc/passwd", ["/var/tmp"], ["/"], false],
    ["/var/tmpx/x", ["/var/tmp"], ["/"], false],
    ["/var/tmp", ["/var/tmp"], ["/"], false],
    ["/var/tmp/secret/x", ["/var/tmp"], ["/", "/var/tmp/secret"], false],
    ["/var/tmp/secret/open/x", ["/var/tmp", "/var/tmp/secret/open"], ["/var/tmp/secret"], true],
    ["/srv/x", [], [], false],
    ["/srv/x", ["/"], [], true],
    ["/srv/x", ["/srv"], ["/srv"], false],
  ])("%s with safe %j and restricted %j", (path, safe, restricted, expected) => {
    expect(isSafePath(path, safe, restricted)).toBe(expected);
  });
});
