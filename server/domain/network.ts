import { z } from "zod";
import { ObjectId, ObjectName } from "./ids";

/** Largest address range: more would be a mistake in the size, and leases are looked up by index. */
export const MAX_RANGE_SIZE = 65_536;

const Ipv4 = z.ipv4("Write the first address like 192.0.2.10");
const Mac = z.mac("Write the first MAC like 02:00:c0:00:02:0a");

/** A run of addresses: IP4 has an IP and a MAC for each, ETHER only a MAC. */
export const NewAddressRange = z
  .object({
    type: z.enum(["IP4", "ETHER"]).default("IP4"),
    /** First IPv4 address; null for ETHER. */
    ip: Ipv4.nullable().default(null),
    /** First MAC; null makes it of the first IP, as OpenNebula does. */
    mac: Mac.nullable().default(null),
    size: z.number().int().min(1, "A range has at least one address").max(MAX_RANGE_SIZE),
  })
  .superRefine((range, ctx) => {
    const fail = (path: string, message: string) => ctx.addIssue({ code: "custom", path: [path], message });
    if (range.type === "ETHER") {
      if (range.ip !== null) fail("ip", "A range of type ETHER has no IP; choose IP4");
      if (range.mac === null) fail("mac", "A range of type ETHER needs its first MAC");
    } else if (range.ip === null) {
      fail("ip", "Give the first IP of the range");
    } else if (ipNumber(range.ip) + range.size - 1 > 0xffff_ffff) {
      fail("size", "The range goes beyond 255.255.255.255");
    }
    if (range.mac !== null && macNumber(range.mac) + range.size - 1 > 0xffff_ffff_ffff) {
      fail("size", "The range goes beyond ff:ff:ff:ff:ff:ff");
    }
  });
export type NewAddressRange = z.infer<typeof NewAddressRange>;

export const CreateNetwork = z.object({
  name: ObjectName,
  /** Bridge on the hosts; a Linux interface name, or empty for none. */
  bridge: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, "A bridge name has at most 15 letters, digits and . _ -")
    .or(z.literal(""))
    .default(""),
  vnMad: z.enum(["dummy", "bridge"]).default("bridge"),
  ranges: z.array(NewAddressRange).max(64).default([]),
});
export type CreateNetwork = z.infer<typeof CreateNetwork>;

export const AddRange = z.object({ networkId: ObjectId, range: NewAddressRange });
export type AddRange = z.infer<typeof AddRange>;

/** A stored range. */
export interface AddressRange {
  id: number;
  type: "IP4" | "ETHER";
  ip: string | null;
  mac: string;
  size: number;
}

export interface NetworkRow {
  id: number;
  name: string;
  ownerName: string;
  groupName: string;
  bridge: string;
  vnMad: string;
  ranges: (AddressRange & { used: number })[];
}

export interface NetworkLease {
  rangeId: number;
  index: number;
  ip: string | null;
  mac: string;
  vmId: number;
  vmName: string;
  nicId: number;
}

/** An IPv4 address as a number. */
export function ipNumber(ip: string): number {
  return ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function ipText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** A MAC as a number; 48 bits fit. */
export function macNumber(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}

function macText(value: number): string {
  const hex = value.toString(16).padStart(12, "0");
  return (hex.match(/../g) ?? []).join(":");
}

/** OpenNebula's rule for the MAC of an IP: prefix 02:00, then the four bytes of the address. */
export function macOfIp(ip: string): string {
  return macText(0x0200 * 2 ** 32 + ipNumber(ip));
}

/** The address at `index` of a range. */
export function addressAt(range: AddressRange, index: number): { ip: string | null; mac: string } {
  return {
    ip: range.ip === null ? null : ipText(ipNumber(range.ip) + index),
    mac: macText(macNumber(range.mac) + index),
  };
}

/** Where an address lies in a range: its IP decides when there is one, else its MAC. Null when it is not in it. */
export function indexIn(
  range: AddressRange,
  wanted: { ip?: string | undefined; mac?: string | undefined },
): number | null {
  const offset = (() => {
    if (wanted.ip !== undefined) return range.ip === null ? -1 : ipNumber(wanted.ip) - ipNumber(range.ip);
    if (wanted.mac !== undefined) return macNumber(wanted.mac) - macNumber(range.mac);
    return -1;
  })();
  return offset >= 0 && offset < range.size ? offset : null;
}

/** Do two ranges share an IP or a MAC? */
export function doOverlap(one: AddressRange, other: AddressRange): boolean {
  const meet = (a: number, b: number) => a < b + other.size && b < a + one.size;
  if (one.ip !== null && other.ip !== null && meet(ipNumber(one.ip), ipNumber(other.ip))) return true;
  return meet(macNumber(one.mac), macNumber(other.mac));
}

/** The lowest index that is not in `used`; null when the range is full. */
export function freeIndex(range: AddressRange, used: ReadonlySet<number>): number | null {
  for (let index = 0; index < range.size; index++) if (!used.has(index)) return index;
  return null;
}
