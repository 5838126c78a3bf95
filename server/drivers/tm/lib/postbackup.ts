import { reasonOf } from "../../../domain/errors";
import { attempt } from "../../../lib/outcome";
import type { ActionInput } from "../../action";
import { parsePlace } from "./arguments";
import { removeStaging } from "./staging";

/** Remove the staging folder. Never fails: leftovers must not spoil a stored backup, and the next one removes them. */
export async function postBackup({ argv, log }: ActionInput): Promise<string> {
  const cleaned = await attempt(async () => {
    const { machine, path } = parsePlace(argv[0]);
    await removeStaging(machine, path);
  });
  if (!cleaned.ok) log.warn(`The staging folder could not be removed: ${reasonOf(cleaned.error)}`);
  return "";
}
