import { defineAction } from "../../action";
import { createSnapshot } from "../lib/snapshot";

export const action = defineAction({ stdin: "none", run: createSnapshot });
