import type { Tx } from "../db/tx";

export type Counted =
  | "user"
  | "group"
  | "host"
  | "datastore"
  | "image"
  | "vm"
  | "template"
  | "network"
  | "action"
  | "job"
  | "job-run"
  | "schedule";

/** An id that something outside has already: it and those before it are never given out. */
export async function usedId(tx: Tx, name: Counted, id: number): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Counter" ("name", "next") VALUES (${name}, ${id + 1})
    ON CONFLICT ("name") DO UPDATE SET "next" = GREATEST("Counter"."next", ${id + 1})`;
}

/** The next id of an object type. Ids are never used twice, as in OpenNebula; the row lock lasts to the commit. */
export async function nextId(tx: Tx, name: Counted): Promise<number> {
  const rows = await tx.$queryRaw<{ id: number }[]>`
    INSERT INTO "Counter" ("name", "next") VALUES (${name}, 1)
    ON CONFLICT ("name") DO UPDATE SET "next" = "Counter"."next" + 1
    RETURNING "next" - 1 AS id`;
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`no id for ${name}`);
  return id;
}
