import { BlockList, isIP } from "node:net";

const V4_PRIVATE: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
];
/** Never a receiver: metadata services of clouds, multicast, reserved. */
const V4_NEVER: readonly [string, number][] = [
  ["169.254.0.0", 16],
  ["224.0.0.0", 3],
];
const V6_PRIVATE: readonly [string, number][] = [
  ["::1", 128],
  ["fc00::", 7],
  // Addresses of IPv4 in other clothes: what they lead to is not looked at.
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
];
const V6_NEVER: readonly [string, number][] = [
  ["::", 128],
  ["fe80::", 10],
  ["ff00::", 8],
];

function listOf(v4: readonly [string, number][], v6: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of v4) list.addSubnet(net, prefix, "ipv4");
  for (const [net, prefix] of v6) list.addSubnet(net, prefix, "ipv6");
  return list;
}

const PRIVATE = listOf(V4_PRIVATE, V6_PRIVATE);
const NEVER = listOf(V4_NEVER, V6_NEVER);

/**
 * Where an IP address is: `never` a place to send something to (link-local with the metadata services of clouds,
 * multicast, reserved), `private` (this machine, private networks), or `public`. IPv4 inside IPv6 counts as IPv4.
 */
export function placeOf(address: string): "public" | "private" | "never" {
  const family = isIP(address);
  if (family === 0) return "never";
  const type = family === 4 ? "ipv4" : "ipv6";
  if (NEVER.check(address, type)) return "never";
  return PRIVATE.check(address, type) ? "private" : "public";
}
