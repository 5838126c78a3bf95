import { defineAction } from "../../action";
import { cloneImage } from "./lib/images";

export const action = defineAction({ stdin: "raw", run: cloneImage });
