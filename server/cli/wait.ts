import { CliError } from "./error";
import { documentOf } from "./rpc";
import { text } from "./show";
import type { Cli } from "./spec";

const POLL_MS = 500;
const BAR_WIDTH = 24;
const MIB = 1024 * 1024;

/** The newest run of a VM, to tell a new one from it; -1 when there is none. */
export async function newestRun(cli: Cli, vmId: number): Promise<number> {
  return Number(text(await readRun(cli, vmId), "ID") || "-1");
}

/**
 * Wait until a run of the VM later than `after` has ended, with a line of progress on a terminal.
 * @throws CliError with the error of the run
 */
export async function waitForRun(cli: Cli, vmId: number, after: number): Promise<void> {
  for (;;) {
    const run = await readRun(cli, vmId);
    const state = text(run, "STATE");
    if (Number(text(run, "ID") || "-1") > after) {
      if (state === "DONE") {
        cli.progress("");
        return;
      }
      if (state === "FAILED" || state === "CANCELLED") {
        cli.progress("");
        throw new CliError(text(run, "ERROR") || `The run was ${state.toLowerCase()}.`);
      }
      cli.progress(progressLine(run));
    }
    await cli.sleep(POLL_MS);
  }
}

async function readRun(cli: Cli, vmId: number) {
  return documentOf(await cli.call("strata.vm.run", vmId));
}

function progressLine(run: ReturnType<typeof documentOf>): string {
  const [done, total] = [Number(text(run, "DONE")), Number(text(run, "TOTAL"))];
  const phase = text(run, "PHASE");
  if (!(total > 0)) return `${phase} …`;
  const share = Math.min(1, done / total);
  const bar = "#".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH);
  return `${phase} [${bar}] ${Math.floor(share * 100)}% of ${(total / MIB).toFixed(0)} MiB`;
}
