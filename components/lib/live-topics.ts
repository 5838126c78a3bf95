import type { EventTopic } from "@/server/domain/event";

const OVERVIEW = "system.overview";

/** Which queries, by router path, an event of each topic makes old. */
const TOPIC_QUERIES: Record<EventTopic, readonly string[]> = {
  vm: ["vm", "access.get", "restore.sources", "backup", "retention", "report", OVERVIEW],
  image: [
    "backup",
    "image",
    "access.get",
    "retention",
    "report",
    "vm",
    "restore",
    "datastore",
    "verification",
    OVERVIEW,
  ],
  datastore: ["datastore", "restore.plan", OVERVIEW],
  host: ["host", "vm"],
  template: ["template", "access.get"],
  action: ["action", "vm", "verification", "files.get", "system.heatmap", OVERVIEW],
  network: ["network"],
  job: ["job", "schedule", "vm", "retention", "report"],
  user: ["system", "user", "access", "token"],
  system: ["system", "notification"],
};

/** Router paths to read again after an event of `topic`. */
export function queriesOfTopic(topic: EventTopic): readonly string[] {
  return TOPIC_QUERIES[topic] ?? [];
}
