import { defineAction } from "../../action";
import { linkDisk } from "../lib/copy";

export const action = defineAction({ stdin: "none", run: linkDisk });
