import { Prisma } from "./generated/client";

/** A piece of SQL with its parameters, to be put into another template. */
export type Sql = Prisma.Sql;

/** SQL as a template: what stands in `${}` is a parameter, or another piece. */
export const sql = Prisma.sql;

/** Pieces side by side; at least one. */
export const joinSql = Prisma.join;
