import type { LiveMessage } from "../../domain/event";

/** Messages may have been lost before this one: the connection to the database was away. Never sent to a browser. */
export interface Gap {
  kind: "gap";
}

/** Live messages inside this node, fed by the database's notifications of every node. */
export interface LiveBus {
  publish(message: LiveMessage): void;
  /** Messages from now on, until `signal` aborts. */
  subscribe(signal: AbortSignal): AsyncGenerator<LiveMessage | Gap>;
}
