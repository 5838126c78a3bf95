import { defineAction } from "../../action";
import { postRestore } from "../restore/restore";

export const action = defineAction({ stdin: "raw", run: postRestore });
