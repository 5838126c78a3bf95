import type { Core } from "../core/core";
import type { Actor } from "../domain/actor";

/** Of each API call: the core, and the signed-in user or null. */
export interface ApiContext {
  core: Core;
  actor: Actor | null;
}
