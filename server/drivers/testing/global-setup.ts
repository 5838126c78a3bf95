/** Builds the drivers once for all integration tests, into a folder of their own: a running core keeps its `dist`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { buildDrivers } from "../../setup/build-drivers.mjs";
import { type DriverUnderTest, driverUnderTest } from "../../setup/driver-under-test.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** `remotes` with every action of ours; empty when the build failed. */
    remotesDir: string;
    /** Why the build failed; empty when it did not. Only tests that run a driver fail then. */
    driverBuildError: string;
    /** A driver of others for the conformance suite; null: none was given. */
    driverUnderTest: DriverUnderTest | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide("driverUnderTest", driverUnderTest());
  const outDir = await mkdtemp(path.join(tmpdir(), "strata-drivers-"));
  try {
    const { remotesDir } = await buildDrivers({ outDir });
    project.provide("remotesDir", remotesDir);
    project.provide("driverBuildError", "");
  } catch (error) {
    project.provide("remotesDir", "");
    project.provide("driverBuildError", error instanceof Error ? error.message : String(error));
  }
  return async () => await rm(outDir, { recursive: true, force: true });
}
