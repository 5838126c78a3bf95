import { afterAll, beforeAll, test } from "vitest";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { expectForetold } from "../testing/foretold";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

test("the next 500 runs that the calendar shows are those that fire under a moved clock", {
  timeout: 600_000,
}, async () => {
  await expectForetold(bare, 500);
});
