/**
 * The one program behind all driver actions: the path it was called by names the action. `remotes/<family>/<driver>/`
 * holds links to it, so argv[1] is the link and not this file.
 */
import { runAction } from "./action";
import { ACTIONS, actionNameOf } from "./table";

const programPath = process.argv[1] ?? "";
const name = actionNameOf(programPath);
const load = name === null ? undefined : ACTIONS[name];
if (load === undefined) {
  process.stderr.write(`${JSON.stringify(programPath)} is not a driver action.\n`);
  process.exit(1);
}
const { action } = await load();
process.exit(await runAction(action, process.argv.slice(2)));
