import fc from "fast-check";
import { expect, test } from "vitest";
import { type AddressRange, addressAt, doOverlap, freeIndex, indexIn, macOfIp, NewAddressRange } from "./network";

const range = (part: Partial<AddressRange>): AddressRange => ({
  id: 0,
  type: "IP4",
  ip: "192.0.2.250",
  mac: "02:00:c0:00:02:fa",
  size: 20,
  ...part,
});

test("addresses go on beyond a byte, IP and MAC alike", () => {
  expect(addressAt(range({}), 0)).toEqual({ ip: "192.0.2.250", mac: "02:00:c0:00:02:fa" });
  expect(addressAt(range({}), 6)).toEqual({ ip: "192.0.3.0", mac: "02:00:c0:00:03:00" });
  expect(addressAt(range({ type: "ETHER", ip: null }), 1)).toEqual({ ip: null, mac: "02:00:c0:00:02:fb" });
});

test("the MAC of an IP is the reference's", () => {
  expect(macOfIp("10.0.0.1")).toBe("02:00:0a:00:00:01");
  expect(macOfIp("255.255.255.255")).toBe("02:00:ff:ff:ff:ff");
});

test("an address is found at the place that it came from, and nowhere beyond", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 19 }), (index) => {
      const { ip, mac } = addressAt(range({}), index);
      expect(indexIn(range({}), { ip: ip ?? undefined })).toBe(index);
      expect(indexIn(range({}), { mac })).toBe(index);
    }),
  );
  expect(indexIn(range({}), { ip: "192.0.3.14" })).toBeNull();
  expect(indexIn(range({}), { ip: "192.0.2.249" })).toBeNull();
  expect(indexIn(range({ ip: null, type: "ETHER" }), { ip: "192.0.2.250" })).toBeNull();
  expect(indexIn(range({}), {})).toBeNull();
});

test("the first free index; none in a full range", () => {
  expect(freeIndex(range({ size: 3 }), new Set([0, 2]))).toBe(1);
  expect(freeIndex(range({ size: 2 }), new Set([0, 1]))).toBeNull();
});

test("ranges overlap by IP or by MAC", () => {
  const other = range({ ip: "198.51.100.1", mac: "02:00:00:00:00:01" });
  expect(doOverlap(range({}), other)).toBe(false);
  expect(doOverlap(range({}), range({ mac: "02:00:00:00:00:01", ip: "192.0.3.13" }))).toBe(true);
  expect(doOverlap(range({}), range({ mac: "02:00:00:00:00:01", ip: "192.0.3.14" }))).toBe(false);
  expect(doOverlap(range({}), range({ ip: null, type: "ETHER", mac: "02:00:c0:00:02:ff" }))).toBe(true);
});

test.each([
  [{ ip: "300.1.1.1", size: 1 }, /first address/],
  [{ ip: null, size: 1 }, /first IP/],
  [{ ip: "255.255.255.255", size: 2 }, /beyond 255/],
  [{ type: "ETHER", size: 1 }, /first MAC/],
  [{ type: "ETHER", ip: "192.0.2.1", mac: "02:00:00:00:00:01", size: 1 }, /no IP/],
  [{ ip: "192.0.2.1", mac: "zz", size: 1 }, /first MAC/],
  [{ ip: "192.0.2.1", mac: "ff:ff:ff:ff:ff:ff", size: 2 }, /beyond ff/],
  [{ ip: "192.0.2.1", size: 0 }, /at least one/],
])("a range that cannot be is refused: %j", (input, message) => {
  expect(
    NewAddressRange.safeParse(input)
      .error?.issues.map((issue) => issue.message)
      .join(),
  ).toMatch(message);
});
