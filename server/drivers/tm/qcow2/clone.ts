import { defineAction } from "../../action";
import { cloneAsOverlay } from "../lib/copy";

export const action = defineAction({ stdin: "none", run: cloneAsOverlay });
