import { ensurePrismaClient } from "./application.mjs";
import { run } from "./command.mjs";
import { openDatabase } from "./database.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { claimHome, ensureHome } from "./home.mjs";
import { runMain, SetupError } from "./report.mjs";

/**
 * `STRATA_HOME=… npm run seed -- --vms N --jobs N --points N`: a made-up inventory in an empty database, to try the screens
 * at scale. The home has to be named: that of this machine's own Strata is nobody's playground.
 */
await runMain(import.meta.url, async () => {
  if (!process.env.STRATA_HOME)
    throw new SetupError("Set STRATA_HOME to a new folder: the seed goes into its database.");
  await ensureDependencies();
  await ensurePrismaClient();
  const home = ensureHome();
  const claim = claimHome(home);
  try {
    const database = await openDatabase(home, () => undefined);
    try {
      const args = ["--import", "tsx", "server/core/testing/seed/main.ts", ...process.argv.slice(2)];
      await run(process.execPath, args, { env: { DATABASE_URL: database.url, STRATA_HOME: home } });
    } finally {
      await database.stop();
    }
  } finally {
    claim.release();
  }
});
