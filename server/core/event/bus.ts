import type { LiveMessage } from "../../domain/event";

/** Live messages inside this node, fed by the database's notifications of every node. */
export interface LiveBus {
  publish(message: LiveMessage): void;
  /** Messages from now on, until `signal` aborts. */
  subscribe(signal: AbortSignal): AsyncGenerator<LiveMessage>;
}
