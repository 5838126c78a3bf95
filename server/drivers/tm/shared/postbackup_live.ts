import { defineAction } from "../../action";
import { postBackupLive } from "../lib/live/postbackup";

export const action = defineAction({ stdin: "raw", run: postBackupLive });
