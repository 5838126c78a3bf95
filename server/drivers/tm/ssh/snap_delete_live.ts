import { defineAction } from "../../action";
import { deleteSnapshotLive } from "../lib/snapshot-live";

export const action = defineAction({ stdin: "none", run: deleteSnapshotLive });
