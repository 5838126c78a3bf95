import { fileURLToPath } from "node:url";
import { childEnv } from "../../lib/env";
import { type RunningProcess, start } from "../../lib/process";
import type { Harness } from "./harness";

const CORE_PROCESS = fileURLToPath(new URL("./core-process.ts", import.meta.url));
const LIFE_MS = 110_000;

export interface ChildCoreOptions {
  remotesDir: string;
  /** Another node than that of the harness, with a home of its own. */
  node?: { name: string; home: string };
  /** It is killed after this. */
  lifeMs?: number;
}

/** A core in a process of its own on the harness's database and storage, when it runs; as the same node unless told otherwise. */
export async function startChildCore(
  harness: Harness,
  { remotesDir, node, lifeMs = LIFE_MS }: ChildCoreOptions,
): Promise<RunningProcess> {
  const { home, datastoreLocation } = harness.core.config;
  const { databaseUrl } = harness;
  const { name: nodeName, ...place } = node ?? { name: "test-node", home };
  const child = start([process.execPath, "--import", "tsx", CORE_PROCESS], {
    input: JSON.stringify({ databaseUrl, datastoreLocation, remotesDir, nodeName, ...place }),
    env: childEnv(),
    timeoutMs: lifeMs,
  });
  child.end();
  const first = await child.lines()[Symbol.asyncIterator]().next();
  if (first.done === true || first.value !== "running") throw new Error(`no core: ${(await child.done).stderr}`);
  return child;
}
