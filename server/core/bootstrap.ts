import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Prisma } from "../db/client";
import { withTx } from "../db/tx";
import { DEFAULT_PERMISSIONS } from "../domain/permissions";
import type { Core } from "./core";
import { hashPassword, newPassword } from "./user/password";

/** Ids below this are the system's own datastores, as in OpenNebula. */
const FIRST_USER_DATASTORE = 100;
const PUBLIC_USE = 0o644; // everybody may place disks in the default datastores

/** What a first start needs of the core: the seeder has no more. */
interface BootstrapCore extends Pick<Core, "db" | "log"> {
  config: Pick<Core["config"], "home" | "datastoreLocation">;
}

/**
 * First start: groups, the administrator with a random password (kept in `<home>/oneadmin_auth`, 0600), the local host
 * and the default datastores. Repeating it changes nothing. The file is written before the row, so that no password can
 * be lost between the two.
 */
export async function bootstrap(core: BootstrapCore): Promise<void> {
  const existing = await core.db.user.findUnique({ where: { id: 0 }, select: { id: true } });
  if (existing === null) {
    const passwordHash = await hashPassword(await adminPassword(core.config.home));
    await withTx(core.db, async (tx) => {
      await tx.group.createMany({
        data: [
          { id: 0, name: "oneadmin" },
          { id: 1, name: "users" },
        ],
      });
      await tx.user.create({ data: { id: 0, name: "oneadmin", passwordHash, gid: 0 } });
      await tx.membership.create({ data: { userId: 0, groupId: 0 } });
      await tx.host.create({ data: { id: 0, name: "localhost" } });
      await tx.datastore.createMany({ data: defaultDatastores(core.config.datastoreLocation) });
      await tx.counter.createMany({
        data: [
          { name: "user", next: 1 },
          { name: "group", next: 2 },
          { name: "host", next: 1 },
          { name: "datastore", next: FIRST_USER_DATASTORE },
          { name: "action", next: 1 },
        ],
      });
    });
    core.log.info("first start: oneadmin and the default datastores are ready");
  }
  const datastores = await core.db.datastore.findMany({
    where: { type: { not: "BACKUP" } },
    select: { basePath: true },
  });
  for (const { basePath } of datastores) await mkdir(basePath, { recursive: true, mode: 0o755 });
}

function defaultDatastores(location: string): Prisma.DatastoreCreateManyInput[] {
  const common = { uid: 0, gid: 0, permissions: PUBLIC_USE };
  return [
    { ...common, id: 0, name: "system", type: "SYSTEM", dsMad: "-", tmMad: "ssh", basePath: join(location, "0") },
    { ...common, id: 1, name: "default", type: "IMAGE", dsMad: "fs", tmMad: "ssh", basePath: join(location, "1") },
    {
      ...common,
      permissions: DEFAULT_PERMISSIONS,
      id: 2,
      name: "files",
      type: "FILE",
      dsMad: "fs",
      tmMad: "ssh",
      basePath: join(location, "2"),
    },
  ];
}

async function adminPassword(home: string): Promise<string> {
  const file = join(home, "oneadmin_auth");
  const known = await readFile(file, "utf8").catch(() => null);
  const fromFile = known?.trim().split(":").slice(1).join(":");
  if (fromFile !== undefined && fromFile !== "") return fromFile;
  const password = newPassword();
  const temporary = `${file}.tmp`;
  await writeFile(temporary, `oneadmin:${password}\n`, { mode: 0o600 });
  await rename(temporary, file);
  return password;
}
