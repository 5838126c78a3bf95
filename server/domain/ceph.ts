import { z } from "zod";
import { AbsolutePath } from "./datastore";
import { ObjectName } from "./ids";

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

const Hosts = z.string().regex(/^[A-Za-z0-9.:[\]_-]+( [A-Za-z0-9.:[\]_-]+)*$/, "Give host names, separated by blanks");

/** A datastore in Ceph: images, or the disks of VMs. */
export const CreateCephDatastore = z.object({
  name: ObjectName,
  type: z.enum(["IMAGE", "SYSTEM"]),
  pool: CephName,
  /** CEPH_USER without `client.`; null: Ceph's own default. */
  user: CephName.nullable().default(null),
  /** CEPH_CONF, on the hosts and on this machine; null: /etc/ceph/ceph.conf. */
  confPath: AbsolutePath.nullable().default(null),
  /** CEPH_HOST, for libvirt: monitors, separated by blanks. */
  monitors: Hosts.nullable().default(null),
  /** CEPH_SECRET: UUID of the secret that libvirt keeps on each host. Not a secret itself. */
  secretUuid: z.string().uuid().nullable().default(null),
  /** EC_POOL_NAME: pool for the data of new images. */
  dataPool: CephName.nullable().default(null),
  /** Machines that run `rbd` for images; null: this one. */
  bridgeList: Hosts.nullable().default(null),
});
export type CreateCephDatastore = z.infer<typeof CreateCephDatastore>;
