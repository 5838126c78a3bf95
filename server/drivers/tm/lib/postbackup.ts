import { reasonOf } from "../../../domain/errors";
import { attempt } from "../../../lib/outcome";
import type { ActionInput } from "../../action";
import { parsePlace } from "./arguments";
import { settleAfter } from "./overlay/postbackup";
import { removeStaging } from "./staging";

/**
 * Remove the staging folder, and merge overlays that are not needed any more. Never fails: leftovers must not spoil a
 * stored backup, and the next one removes them.
 */
export async function postBackup(input: ActionInput): Promise<string> {
  const { argv, log } = input;
  const cleaned = await attempt(async () => {
    const { machine, path } = parsePlace(argv[0]);
    await removeStaging(machine, path);
  });
  if (!cleaned.ok) log.warn(`The staging folder could not be removed: ${reasonOf(cleaned.error)}`);
  const settled = await attempt(() => settleAfter(input));
  if (!settled.ok) log.warn(`Overlays are merged by the next backup: ${reasonOf(settled.error)}`);
  return "";
}
