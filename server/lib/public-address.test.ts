import { expect, test } from "vitest";
import { placeOf } from "./public-address";

test.each([
  ["93.184.216.34", "public"],
  ["172.32.0.1", "public"],
  ["2606:4700::1111", "public"],
  ["127.0.0.1", "private"],
  ["10.1.2.3", "private"],
  ["172.31.255.255", "private"],
  ["192.168.0.1", "private"],
  ["100.64.0.1", "private"],
  ["0.0.0.0", "private"],
  ["::1", "private"],
  ["fd00::1", "private"],
  ["::ffff:127.0.0.1", "private"],
  ["::ffff:a01:203", "private"],
  ["64:ff9b::7f00:1", "private"],
  ["2002:7f00:1::", "private"],
  ["169.254.169.254", "never"],
  ["::ffff:169.254.169.254", "never"],
  ["fe80::1", "never"],
  ["224.0.0.1", "never"],
  ["255.255.255.255", "never"],
  ["::", "never"],
  ["ff02::1", "never"],
  ["localhost", "never"],
])("%s is %s", (address, place) => {
  expect(placeOf(address)).toBe(place);
});
