import { defineAction } from "../../action";
import { resizeDisk } from "../lib/resize";

export const action = defineAction({ stdin: "none", run: resizeDisk });
