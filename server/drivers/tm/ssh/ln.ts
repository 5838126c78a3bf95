import { defineAction } from "../../action";
import { cloneByStream } from "../lib/copy";

/** The host does not see the image, so a persistent disk is a copy too, as in the reference. */
export const action = defineAction({ stdin: "none", run: cloneByStream });
