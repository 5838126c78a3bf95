import { defineAction } from "../../action";
import { adoptImage } from "./lib/images";

export const action = defineAction({ stdin: "raw", run: adoptImage });
