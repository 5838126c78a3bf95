import { build } from "./build.mjs";
import { runNode } from "./command.mjs";
import { ensurePackages, PRODUCT_PACKAGES, TEST_PACKAGES } from "./packages.mjs";
import { runMain } from "./report.mjs";

/** `npm run screenshots`: every page with real data, in both themes and two widths, as pictures in screenshots/. */
await runMain(import.meta.url, async () => {
  await build();
  await ensurePackages([...PRODUCT_PACKAGES, ...TEST_PACKAGES]);
  await runNode("node_modules/tsx/dist/cli.mjs", ["e2e/screenshots.ts", ...process.argv.slice(2)]);
});
