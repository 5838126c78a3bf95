import { defineAction } from "../../action";
import { deleteSnapshot } from "../lib/snapshot";

export const action = defineAction({ stdin: "none", run: deleteSnapshot });
