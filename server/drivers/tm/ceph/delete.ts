import { defineAction } from "../../action";
import { deleteImages } from "./lib/images";

export const action = defineAction({ stdin: "raw", run: deleteImages });
