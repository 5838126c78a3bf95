import { joinSql, type Sql, sql } from "../../db/sql";
import type { VmQueryField, VmQueryTerm } from "../../domain/vm-query";

type Field = VmQueryTerm["field"];

/** What a condition means for a row of `factsSql` named f and its VM named v. */
const CONDITIONS: Readonly<Record<Field, (value: string, userId: number) => Sql>> = {
  text: (value) => sql`(${matching(sql`f."name"`, value)} OR f."id"::text = ${value})`,
  status: (value) => sql`f."protection" = ${value}`,
  job: (value) => (value === "none" ? sql`f."jobId" IS NULL` : matching(sql`f."jobName"`, value)),
  owner: (value, userId) => (value === "me" ? sql`f."uid" = ${userId}` : matching(sql`f."ownerName"`, value)),
  group: (value) => matching(sql`f."groupName"`, value),
  host: (value) => matching(sql`f."hostName"`, value),
  label: (value) => sql`EXISTS (
    SELECT FROM unnest(string_to_array(v."userTemplate"->'LABELS'->>0, ',')) l WHERE ${matching(sql`trim(l)`, value)})`,
  disk: (value) => sql`EXISTS (
    SELECT FROM jsonb_array_elements(v."template"->'DISK') d
    WHERE ${value} IN (lower(d->>'FORMAT'), lower(d->>'TYPE'), lower(d->>'TARGET')))`,
  mode: (value) => sql`lower(v."backupConfig"->>'mode') = ${value}`,
  chain: chainLength,
  excluded: (value) => (value === "yes" ? sql`f."excludedReason" IS NOT NULL` : sql`f."excludedReason" IS NULL`),
  state: (value) => sql`lower(f."state") = ${value}`,
};

/** Text that holds `value`, in any case; `=value` is the whole of it. Never NULL, so that NOT turns it round. */
function matching(column: Sql, value: string): Sql {
  return value.startsWith("=")
    ? sql`coalesce(lower(${column}) = ${value.slice(1)}, false)`
    : sql`coalesce(position(${value} IN lower(${column})) > 0, false)`;
}

function chainLength(value: string): Sql {
  const count = Number(value.replace(/^[<>]/, ""));
  const length = sql`(SELECT count(*) FROM "Increment" WHERE "imageId" = (v."backupConfig"->>'incrementalBackupId')::int)`;
  if (value.startsWith(">")) return sql`${length} > ${count}`;
  return value.startsWith("<") ? sql`${length} < ${count}` : sql`${length} = ${count}`;
}

/**
 * The conditions as one: each word has to be in it, of the values of one field one has to hold, and none of those with a
 * minus may.
 * @param except a field whose conditions are left out: what its facet counts
 */
export function searchSql(terms: readonly VmQueryTerm[], userId: number, except?: VmQueryField): Sql {
  const asked = terms.filter((term) => term.field !== except);
  const each = ({ field, value }: VmQueryTerm) => CONDITIONS[field](value, userId);
  const wanted = asked.filter((term) => !term.isNot);
  const fields = [...new Set(wanted.map((term) => term.field))].filter((field) => field !== "text");
  const parts = [
    ...asked.filter((term) => term.isNot).map((term) => sql`NOT (${each(term)})`),
    ...wanted.filter((term) => term.field === "text").map(each),
    ...fields.map((field) => sql`(${joinSql(wanted.filter((term) => term.field === field).map(each), " OR ")})`),
  ];
  return parts.length === 0 ? sql`true` : joinSql(parts, " AND ");
}
