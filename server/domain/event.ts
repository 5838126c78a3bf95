/** What the core tells the world. Rows of the event table; the UI only needs to know what to read again. */
export const EVENT_TOPICS = [
  "vm",
  "image",
  "datastore",
  "host",
  "template",
  "network",
  "job",
  "action",
  "user",
  "system",
] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

export interface StrataEvent {
  /** Row id as text (the resume point of the stream). */
  id: string;
  topic: EventTopic;
  /** Id of the object, -1 for none. */
  objectId: number;
  /** e.g. `state`, `created`, `deleted`, `increment`, `leader`. */
  type: string;
  /** Epoch ms. */
  at: number;
}

/** Sent on the live stream: a stored event, or the newest progress of a running action (not stored). */
export type LiveMessage =
  | { kind: "event"; event: StrataEvent }
  | { kind: "progress"; actionId: number; progress: import("./action").ActionProgress }
  | { kind: "heartbeat"; at: number };
