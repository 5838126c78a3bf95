import { expect, test } from "vitest";
import { createNodeWatch } from "./nodes";

test("a node is dead when its beat stands still while ours goes on", () => {
  const watch = createNodeWatch(6_000);
  expect(watch.isDead("b")).toBe(false); // nothing seen yet: nobody is called dead
  for (let at = 0; at <= 4_000; at += 2_000) watch.observe([{ name: "b", seenAt: 1 }], at);
  expect(watch.isDead("b")).toBe(false);
  watch.observe([{ name: "b", seenAt: 1 }], 6_000);
  expect(watch.isDead("b")).toBe(true);
  watch.observe([{ name: "b", seenAt: 2 }], 8_000);
  expect(watch.isDead("b")).toBe(false);
});

test("after an outage of the database nobody is dead at once", () => {
  const watch = createNodeWatch(6_000);
  watch.observe([{ name: "b", seenAt: 1 }], 0);
  watch.observe([{ name: "b", seenAt: 1 }], 60_000);
  expect(watch.isDead("b")).toBe(false);
  watch.observe([{ name: "b", seenAt: 1 }], 63_000);
  watch.observe([{ name: "b", seenAt: 1 }], 66_000);
  expect(watch.isDead("b")).toBe(true);
});

test("a node without a row is gone", () => {
  const watch = createNodeWatch(6_000);
  watch.observe([{ name: "a", seenAt: 1 }], 0);
  expect(watch.isDead("b")).toBe(true);
  expect(watch.isDead("a")).toBe(false);
});
