import { run } from "./command.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureGuestKernel } from "./guest-kernel.mjs";
import { ensurePackages, PRODUCT_PACKAGES, TEST_PACKAGES } from "./packages.mjs";
import { runMain } from "./report.mjs";

/** `npm run testbed`: what its hosts and guests are made of, then server/drivers/testing/testbed.ts. */
await runMain(import.meta.url, async () => {
  await ensureDependencies();
  await ensurePackages([...PRODUCT_PACKAGES, ...TEST_PACKAGES]);
  await ensureGuestKernel();
  // An interrupt reaches both of us: this one waits until the other has cleaned up.
  process.on("SIGINT", () => undefined);
  await run(process.execPath, ["--import", "tsx", "server/drivers/testing/testbed.ts"]);
});
