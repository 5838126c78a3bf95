import { defineAction } from "../../action";
import { revertSnapshot } from "../lib/snapshot";

export const action = defineAction({ stdin: "none", run: revertSnapshot });
