import { defineAction } from "../../action";
import { preBackup } from "./lib/prebackup";

export const action = defineAction({ stdin: "raw", run: (input) => preBackup(input, false) });
