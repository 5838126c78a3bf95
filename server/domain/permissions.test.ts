import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "./actor";
import { mayByPermissions, permissionFlags, type Right } from "./permissions";

const RIGHTS: readonly Right[] = ["USE", "MANAGE", "ADMIN"];
const actor = (userId: number, groupIds: number[], isAdmin = false): Actor => ({
  userId,
  name: `u${userId}`,
  groupIds,
  isAdmin,
});
const owner = actor(5, [9]);
const mate = actor(6, [1, 7]);
const other = actor(8, [2]);
const admin = actor(0, [0], true);
const object = (permissions: number) => ({ uid: 5, gid: 7, permissions });

test.each([
  // bits,  owner,                    mate,                     other
  [0o000, [], [], []],
  [0o600, ["USE", "MANAGE"], [], []],
  [0o640, ["USE", "MANAGE"], ["USE"], []],
  [0o644, ["USE", "MANAGE"], ["USE"], ["USE"]],
  [0o700, ["USE", "MANAGE", "ADMIN"], [], []],
  [0o070, [], ["USE", "MANAGE", "ADMIN"], []],
  [0o007, ["USE", "MANAGE", "ADMIN"], ["USE", "MANAGE", "ADMIN"], ["USE", "MANAGE", "ADMIN"]],
  [0o421, ["USE", "ADMIN"], ["MANAGE", "ADMIN"], ["ADMIN"]],
])("%o grants exactly these rights", (bits, ofOwner, ofMate, ofOther) => {
  const granted = (who: Actor) => RIGHTS.filter((right) => mayByPermissions(who, object(bits), right));
  expect(granted(owner)).toEqual(ofOwner);
  expect(granted(mate)).toEqual(ofMate);
  expect(granted(other)).toEqual(ofOther);
  expect(granted(admin)).toEqual(RIGHTS);
});

test("one more bit never takes a right away, and nobody else than meant gets it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0o777 }), fc.integer({ min: 0, max: 8 }), (bits, index) => {
      const more = bits | (1 << index);
      for (const who of [owner, mate, other]) {
        for (const right of RIGHTS) {
          const before = mayByPermissions(who, object(bits), right);
          if (before) expect(mayByPermissions(who, object(more), right)).toBe(true);
        }
      }
      const ownerOnly = bits & 0o700;
      for (const who of [mate, other]) {
        for (const right of RIGHTS) expect(mayByPermissions(who, object(ownerOnly), right)).toBe(false);
      }
    }),
  );
});

test("the nine flags of the documents are the nine bits", () => {
  const flags = permissionFlags(0o421);
  expect(Object.entries(flags).map(([name, flag]) => `${name}=${flag}`)).toEqual([
    "OWNER_U=1",
    "OWNER_M=0",
    "OWNER_A=0",
    "GROUP_U=0",
    "GROUP_M=1",
    "GROUP_A=0",
    "OTHER_U=0",
    "OTHER_M=0",
    "OTHER_A=1",
  ]);
});
