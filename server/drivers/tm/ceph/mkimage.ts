import { defineAction } from "../../action";
import { makeImage } from "./lib/images";

export const action = defineAction({ stdin: "raw", run: makeImage });
