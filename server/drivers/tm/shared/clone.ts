import { defineAction } from "../../action";
import { cloneShared } from "../lib/copy";

export const action = defineAction({ stdin: "none", run: cloneShared });
