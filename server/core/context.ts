import { type Tx, withTx } from "../db/tx";
import type { Actor } from "../domain/actor";
import type { Core } from "./core";

/** What every use case takes first: the core and who asks. */
export interface Ctx {
  core: Core;
  actor: Actor;
  /** A transaction that is open already: requests made by a schedule belong to the one that marks its slot as done. */
  tx?: Tx;
}

/** Run `work` in the open transaction, or in one of its own. */
export async function inTx<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T> {
  return ctx.tx === undefined ? await withTx(ctx.core.db, work) : await work(ctx.tx);
}
