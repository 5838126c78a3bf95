import { ensureDrivers, ensurePrismaClient } from "./application.mjs";
import { runNode } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureGuestKernel } from "./guest-kernel.mjs";
import { ensurePackages, PRODUCT_PACKAGES, TEST_PACKAGES } from "./packages.mjs";
import { runMain } from "./report.mjs";

/** `npm run bench -- …`: the benchmark of server/bench, with the drivers as they are built for production. */
await runMain(import.meta.url, async () => {
  await ensureDependencies();
  const isLive = process.argv.includes("--live");
  const needed = ["openssh-server", "libnbd-bin"];
  await ensurePackages([...PRODUCT_PACKAGES, ...TEST_PACKAGES.filter(({ name }) => isLive || needed.includes(name))]);
  if (isLive) await ensureGuestKernel();
  await ensurePrismaClient();
  await ensureDrivers();
  await runNode("node_modules/tsx/dist/cli.mjs", ["server/bench/bench.ts", ...process.argv.slice(2)]);
});
