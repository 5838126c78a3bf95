import type { Actor } from "../domain/actor";
import type { Core } from "./core";

/** What every use case takes first: the core and who asks. */
export interface Ctx {
  core: Core;
  actor: Actor;
}
