import { DriverError, defineAction } from "../../action";
import { runScript } from "../../remote";
import { parseXml } from "../../xml";
import { OPEN_REPOSITORY } from "./open-repository";
import { parseRepository } from "./repository";

const MEASURE = `
set -eu
${OPEN_REPOSITORY}
open_repository "$1"
df -B1 --output=size,used,avail -- "$1" | tail -n 1
`;
const MIB = 1024 * 1024;
/** A monitor that hangs would hold up the others; df answers at once on a healthy server. */
const MONITOR_MS = 60_000;

/** `monitor <ds id>`: capacity of the file system that holds the repository, in MiB. */
export const action = defineAction({
  stdin: "base64",
  async run({ xml, signal, log }) {
    const repository = parseRepository(parseXml(xml).first("DATASTORE"));
    const output = await runScript(
      repository.server,
      "backup server",
      `measure ${repository.basePath}`,
      MEASURE,
      [repository.basePath],
      { signal, timeoutMs: MONITOR_MS },
    );
    const [state, figures = ""] = output.trim().split("\n");
    const [, size, used, available] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(figures) ?? [];
    if (available === undefined) throw new DriverError(`df answered something unexpected for ${repository.basePath}.`);
    log.debug(`repository ${repository.basePath} is ${state ?? "unknown"}`);
    const mib = (bytes: string | undefined) => Math.floor(Number(bytes) / MIB);
    return `USED_MB=${mib(used)}\nTOTAL_MB=${mib(size)}\nFREE_MB=${mib(available)}`;
  },
});
