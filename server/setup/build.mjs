import { ensureApplication, ensureCommandLine, ensureDrivers, ensurePrismaClient } from "./application.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { runMain, say } from "./report.mjs";

/** Everything a start needs that does not depend on the machine's state: packages, generated code, both builds. */
export async function build() {
  await ensureDependencies();
  await ensurePrismaClient();
  await ensureDrivers();
  await ensureCommandLine();
  await ensureApplication();
}

await runMain(import.meta.url, async () => {
  await build();
  say("Built.");
});
