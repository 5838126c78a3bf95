import { defineAction } from "../../action";
import { adopt } from "../lib/adopt";

export const action = defineAction({ stdin: "none", run: adopt });
