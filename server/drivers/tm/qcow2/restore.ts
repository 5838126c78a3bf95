import { defineAction } from "../../action";
import { restoreDisks } from "../restore/restore";

export const action = defineAction({ stdin: "raw", run: restoreDisks });
