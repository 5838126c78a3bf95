import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../domain/backup";
import { appError } from "../../domain/errors";
import { childEnv } from "../../lib/env";
import { type ProcessResult, run } from "../../lib/process";
import { type DiskFacts, encodeStdin, failureReason, parseLogLine, parseMeaning } from "../../lib/wire";
import { revealSecrets } from "../secrets";
import { DRIVER_ACTIONS } from "./actions";
import type { DriverCall, DriverPort } from "./port";

const DRIVER_NAME = /^[a-z][a-z0-9_]{0,31}$/;
/** Drivers clean up on TERM (kill remote processes, remove partial files); then they are killed. */
const TERM_GRACE_MS = 30_000;
/** What `ls`, `verify` and `list` say of a long chain or a full repository. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** Drivers as programs below `remotesDir`; what they report on stderr becomes progress, log lines and facts. */
export function createDriverRunner(deps: { remotesDir: string; home: string }): DriverPort {
  const pathOf = (call: Pick<DriverCall, "family" | "driver" | "action">): string => {
    if (!DRIVER_NAME.test(call.driver)) throw appError("DRIVER_MISSING", { path: `${call.family}/${call.driver}` });
    return join(deps.remotesDir, call.family, call.driver, call.action);
  };

  return {
    async has(call) {
      return await isExecutable(pathOf(call));
    },
    async call(call) {
      const name = `${call.family}/${call.driver}/${call.action}`;
      const path = pathOf(call);
      const spec = DRIVER_ACTIONS[`${call.family}/${call.action}`];
      if (spec === undefined || !(await isExecutable(path))) throw appError("DRIVER_MISSING", { path: name });

      const disks: DiskFacts[] = [];
      let manifest: Manifest | null = null;
      let frozenMs: number | null = null;
      let chainReset: string | null = null;
      const result = await run([path, ...call.argv], {
        input: encodeStdin(spec.stdin, await revealSecrets(deps.home, call.document)),
        env: childEnv(),
        signal: call.signal,
        timeoutMs: spec.timeoutMs,
        termGraceMs: TERM_GRACE_MS,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        onStderrLine(line) {
          const logged = parseLogLine(line);
          if (logged === null) return;
          const meaning = parseMeaning(logged);
          if (meaning === null) return call.onLog?.(logged.level, logged.text);
          if (meaning.kind === "progress") call.onProgress?.(meaning.done, meaning.total);
          if (meaning.kind === "progress-disk") call.onDiskProgress?.(meaning.diskId, meaning.done, meaning.total);
          if (meaning.kind === "disk") disks.push(meaning.disk);
          if (meaning.kind === "manifest") manifest = meaning.manifest;
          if (meaning.kind === "frozen") frozenMs = meaning.ms;
          if (meaning.kind === "chain-whole") call.onChainWhole?.();
          if (meaning.kind === "chain-reset") chainReset = meaning.reason;
        },
      });
      throwIfFailed(name, spec.timeoutMs, result, chainReset);
      return { stdout: result.stdout, disks, manifest, frozenMs };
    },
  };
}

function throwIfFailed(path: string, timeoutMs: number, result: ProcessResult, chainReset: string | null): void {
  if (result.ok) return;
  if (result.isCancelled) throw appError("CANCELLED");
  if (result.timedOut) throw appError("DRIVER_TIMEOUT", { path, timeoutMs });
  if (chainReset !== null) throw appError("CHAIN_RESET_NEEDED", { reason: chainReset });
  const reason = result.spawnError ?? failureReason(result.stderr);
  throw appError("DRIVER_FAILED", { path, exitCode: result.exitCode, reason });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
