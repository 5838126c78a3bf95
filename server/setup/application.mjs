import { existsSync } from "node:fs";
import path from "node:path";
import { runNode } from "./command.mjs";
import { ROOT, say } from "./report.mjs";
import { hashSources, unlessStamped } from "./stamp.mjs";

const GENERATED = "server/db/generated";

/**
 * Generate the Prisma client when the schema has changed. The client has no native engine; the command asks for one all
 * the same and would download it, unless it is told where one is. It never runs it.
 */
export async function ensurePrismaClient() {
  const hash = hashSources(["prisma/schema", "prisma.config.ts", "package-lock.json"]);
  await unlessStamped(`${GENERATED}/.strata-stamp`, hash, async () => {
    say("Generating the database client …");
    await runNode("node_modules/prisma/build/index.js", ["generate"], {
      quiet: true,
      env: { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" },
    });
  });
}

/** Bundle the drivers when one of their sources has changed. */
export async function ensureDrivers() {
  const hash = hashSources([
    "server/drivers",
    "server/lib",
    "server/domain",
    "server/setup/build-drivers.mjs",
    "package-lock.json",
  ]);
  await unlessStamped("dist/.strata-stamp", hash, async () => {
    say("Building the drivers …");
    const { buildDrivers } = await import("./build-drivers.mjs");
    await buildDrivers();
  });
}

/** Bundle the command line when one of its sources has changed. */
export async function ensureCommandLine() {
  const hash = hashSources([
    ...["server/cli", "server/lib", "server/domain"],
    ...["server/setup/command-line.mjs", "package-lock.json"],
  ]);
  await unlessStamped("dist/.strata-cli-stamp", hash, async () => {
    say("Building the command line …");
    const { buildCommandLine } = await import("./command-line.mjs");
    await buildCommandLine();
  });
}

/** Build the application for production when one of its sources has changed. */
export async function ensureApplication() {
  const hash = hashSources(
    [
      ...["app", "components", "public", "server", "instrumentation.ts", "prisma/schema"],
      ...["next.config.mjs", "postcss.config.mjs", "tsconfig.json", "package-lock.json"],
    ],
    { skip: [GENERATED, "server/setup", "server/drivers", "server/bench", "server/cli"] },
  );
  await unlessStamped(".next/strata-stamp", hash, async () => {
    say("Building the application …");
    await runNode("node_modules/next/dist/bin/next", ["build"], {
      quiet: true,
      env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    });
    if (!existsSync(path.join(ROOT, ".next/BUILD_ID"))) throw new Error("next build ended well but left no build.");
  });
}
