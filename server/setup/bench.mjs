import { ensureDrivers, ensurePrismaClient } from "./application.mjs";
import { build } from "./build.mjs";
import { runNode } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureGuestKernel } from "./guest-kernel.mjs";
import { ensurePackages, PRODUCT_PACKAGES, TEST_PACKAGES } from "./packages.mjs";
import { runMain } from "./report.mjs";

/**
 * `npm run bench -- …`: the benchmark of server/bench, with the drivers as they are built for production; with `--ui` that of
 * the screens, e2e/ui-bench.ts, on a production build.
 */
await runMain(import.meta.url, async () => {
  await ensureDependencies();
  if (process.argv.includes("--ui")) {
    await build();
    await ensurePackages([...PRODUCT_PACKAGES, ...TEST_PACKAGES]);
    await runNode("node_modules/tsx/dist/cli.mjs", ["e2e/ui-bench.ts", ...process.argv.slice(2)]);
    return;
  }
  const isLive = process.argv.includes("--live");
  const needed = ["openssh-server", "libnbd-bin"];
  await ensurePackages([...PRODUCT_PACKAGES, ...TEST_PACKAGES.filter(({ name }) => isLive || needed.includes(name))]);
  if (isLive) await ensureGuestKernel();
  await ensurePrismaClient();
  await ensureDrivers();
  await runNode("node_modules/tsx/dist/cli.mjs", ["server/bench/bench.ts", ...process.argv.slice(2)]);
});
