import { defineAction } from "../../action";
import { linkImage } from "./lib/images";

export const action = defineAction({ stdin: "raw", run: linkImage });
