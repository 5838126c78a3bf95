import { z } from "zod";

/** Name of a pool, an image or a Ceph user. Ceph takes more; `/`, `@` and `:` would change what a name means. */
export const CephName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "Not a name of a Ceph pool, image or user");

/** `<pool>/<image>`: SOURCE of a disk in Ceph. */
export const RbdSource = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\/[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, "Give <pool>/<image>");

/** Attributes of a Ceph datastore that its disks inherit, as in OpenNebula (drivers-and-core §6.3). */
export const CEPH_ATTRIBUTES = [
  "POOL_NAME",
  "CEPH_HOST",
  "CEPH_USER",
  "CEPH_SECRET",
  "CEPH_CONF",
  "EC_POOL_NAME",
  "RBD_FORMAT",
] as const;
