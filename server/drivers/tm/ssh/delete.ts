import { defineAction } from "../../action";
import { deleteDisks } from "../lib/delete";

export const action = defineAction({ stdin: "none", run: deleteDisks });
