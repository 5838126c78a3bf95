import { defineAction } from "../../action";
import { makeImage } from "../lib/copy";

export const action = defineAction({ stdin: "none", run: makeImage });
