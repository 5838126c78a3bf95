import { defineAction } from "../../action";
import { createSnapshotLive } from "../lib/snapshot-live";

export const action = defineAction({ stdin: "none", run: createSnapshotLive });
