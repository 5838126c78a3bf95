import { ensurePrismaClient } from "./application.mjs";
import { runNode } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ensurePackages, PRODUCT_PACKAGES } from "./packages.mjs";
import { runMain } from "./report.mjs";

/** `npm run torture -- …`: operations and faults at random, see server/core/testing/torture.ts. */
await runMain(import.meta.url, async () => {
  await ensureDependencies();
  await ensurePackages([...PRODUCT_PACKAGES]);
  await ensurePrismaClient();
  await runNode("node_modules/tsx/dist/cli.mjs", ["server/core/testing/torture.ts", ...process.argv.slice(2)]);
});
