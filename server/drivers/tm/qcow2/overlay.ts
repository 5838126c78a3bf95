import { defineAction } from "../../action";
import { prepareOverlays } from "../lib/overlay/start";

export const action = defineAction({ stdin: "none", run: prepareOverlays });
