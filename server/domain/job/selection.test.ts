import { expect, test } from "vitest";
import { VmSelection } from "./job";
import { isSelected, labelsOf } from "./selection";

const vm = { name: "web-01", ownerId: 2, groupId: 3, hostId: 4, labels: ["prod", "web"] };
const rule = (part: object) => VmSelection.parse(part);

test.each([
  [{}, true],
  [{ ownerIds: [2, 9], groupIds: [3], hostIds: [4], labels: ["other", "web"], namePattern: "WEB-*" }, true],
  [{ ownerIds: [9] }, false],
  [{ groupIds: [9] }, false],
  [{ hostIds: [9] }, false],
  [{ labels: ["pro"] }, false],
  [{ namePattern: "web-0?" }, true],
  [{ namePattern: "web" }, false],
  [{ namePattern: "web.01" }, false],
])("%j", (part, expected) => {
  expect(isSelected(vm, rule(part))).toBe(expected);
});

test("labels are separated by commas; empty ones are none", () => {
  expect(labelsOf(" prod, web ,,")).toEqual(["prod", "web"]);
  expect(labelsOf(undefined)).toEqual([]);
});
