import { defineAction } from "../../action";
import { postBackup } from "./lib/postbackup";

export const action = defineAction({ stdin: "raw", run: postBackup });
