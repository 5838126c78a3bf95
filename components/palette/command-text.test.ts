import { expect, test } from "vitest";
import { parseCommand } from "./command-text";

const NOW = Date.parse("2026-03-04T13:30:00Z");
const parse = (text: string) => {
  const { verb, name, span } = parseCommand(text, { now: NOW, zone: "UTC" });
  return [verb, name, span === null ? null : new Date(span.from).toISOString().slice(0, 16)];
};

test.each([
  ["web", "open", "web", null],
  ["  10.0.0.7 ", "open", "10.0.0.7", null],
  ["restore web", "restore", "web", null],
  ["Restore web to yesterday", "restore", "web", "2026-03-03T00:00"],
  ["restore web as of monday 02:00", "restore", "web", "2026-03-02T02:00"],
  ["restore two words from 3 days ago", "restore", "two words", "2026-03-01T00:00"],
  ["restore monday", "restore", "monday", null],
  ["back up db-01", "back-up", "db-01", null],
  ["backup db-01 now", "back-up", "db-01", null],
  ["backups", "open", "backups", null],
  ["pause nightly", "pause", "nightly", null],
  ["pause nightly until Monday", "pause", "nightly", "2026-03-09T00:00"],
  ["pause nightly in 2 hours", "pause", "nightly", "2026-03-04T15:30"],
  ["why is db-01 late?", "why", "db-01", null],
  ["why db-01", "why", "db-01", null],
  ["web 4 march 02:00", "open", "web", "2026-03-04T02:00"],
  ["go to web yesterday", "open", "web", "2026-03-03T00:00"],
  ["restaurar web a ayer", "restore", "web", "2026-03-03T00:00"],
  ["pausar nightly hasta lunes", "pause", "nightly", "2026-03-09T00:00"],
  ["por qué está db-01 atrasada", "why", "db-01", null],
])("%j: %s %j %s", (text, verb, name, from) => {
  expect(parse(text)).toEqual([verb, name, from]);
});
