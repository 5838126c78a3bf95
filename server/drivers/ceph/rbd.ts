/** Images of Ceph's block device (RBD): how drivers name them for `rbd` and for qemu, with everything checked. */
import { CephName, RbdSource } from "../../domain/ceph";
import { AbsolutePath } from "../../domain/datastore";
import { DriverError } from "../action";
import type { XmlElement } from "../xml";

/** How to log in; empty: what the machine's own ceph.conf says. */
export interface CephAccess {
  /** Without `client.`. */
  user: string;
  /** Absolute path on the machine that runs the command. */
  conf: string;
}

export interface RbdImage {
  access: CephAccess;
  pool: string;
  name: string;
}

/** A fixed script begins with it: `rbd_as <user> <conf> <words of rbd>…`. */
export const RBD_FUNCTIONS = `
set -eu -o pipefail
rbd_as() {
  local -a who=()
  if [ -n "$1" ]; then who+=(--id "$1"); fi
  if [ -n "$2" ]; then who+=(--conf "$2"); fi
  shift 2
  rbd "\${who[@]}" "$@"
}
`;

/**
 * CEPH_USER and CEPH_CONF of a DISK or of a datastore's TEMPLATE.
 * @throws DriverError when they are not what they claim to be, or when CEPH_KEY is set
 */
export function readAccess(element: XmlElement | null): CephAccess {
  const text = (name: string) => element?.text(name) ?? "";
  if (text("CEPH_KEY") !== "") throw new DriverError("CEPH_KEY is not supported: name a keyring in CEPH_CONF.");
  const user = text("CEPH_USER").replace(/^client\./, "");
  const conf = text("CEPH_CONF");
  if (user !== "") checkName("CEPH_USER", user);
  if (conf !== "" && !AbsolutePath.safeParse(conf).success) throw new DriverError("CEPH_CONF is not an absolute path.");
  return { user, conf };
}

/** A name that can be put into `<pool>/<image>@<snapshot>`, or a DriverError naming the attribute. */
export function checkName(attribute: string, name: string): string {
  if (!CephName.safeParse(name).success) {
    throw new DriverError(`${attribute} is not a name of a Ceph pool, image or user.`);
  }
  return name;
}

/** `<pool>/<image>`, or a DriverError. */
export function parseSource(access: CephAccess, source: string): RbdImage {
  if (!RbdSource.safeParse(source).success) throw new DriverError(`"${source}" is not <pool>/<image> of Ceph.`);
  const [pool = "", name = ""] = source.split("/");
  return { access, pool, name };
}

export function sourceOf({ pool, name }: RbdImage): string {
  return `${pool}/${name}`;
}

/** The three words by which scripts know an image: user, conf, `<pool>/<image>`. */
export function wordsOf(image: RbdImage): [user: string, conf: string, source: string] {
  return [image.access.user, image.access.conf, sourceOf(image)];
}

/** The image, or a snapshot of it (read-only then), as qemu opens it. */
export function rbdNode({ access, pool, name }: RbdImage, snapshot: string | null, nodeName?: string): object {
  const readOnly = snapshot === null ? {} : { "read-only": true };
  const file = {
    driver: "rbd",
    pool,
    image: name,
    ...(snapshot === null ? {} : { snapshot }),
    ...(access.conf === "" ? {} : { conf: access.conf }),
    ...(access.user === "" ? {} : { user: access.user }),
    ...readOnly,
  };
  return { driver: "raw", ...(nodeName === undefined ? {} : { "node-name": nodeName }), ...readOnly, file };
}

/** The same as a file name for qemu-img. */
export function rbdName(image: RbdImage, snapshot: string | null): string {
  return `json:${JSON.stringify(rbdNode(image, snapshot))}`;
}
