import { defineAction } from "../../action";
import { preBackupLive } from "../lib/live/prebackup";

export const action = defineAction({ stdin: "raw", run: preBackupLive });
