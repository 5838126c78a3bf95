import { defineAction } from "../../action";
import { cloneByStream } from "../lib/copy";

export const action = defineAction({ stdin: "none", run: cloneByStream });
