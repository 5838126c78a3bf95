/**
 * `npm start`: from a clone to a serving Strata. Each step looks whether it has anything to do; when nothing has
 * changed, what is left is starting the database and Next. `--dev` serves with Next's development server.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { ensureApplication, ensureCommandLine, ensureDrivers, ensurePrismaClient } from "./application.mjs";
import { openDatabase } from "./database.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { claimHome, ensureHome, ensureSecret } from "./home.mjs";
import { ensurePackages, OPTIONAL_PACKAGES, offerPackages, PRODUCT_PACKAGES } from "./packages.mjs";
import { ROOT, runMain, SetupError, say } from "./report.mjs";
import { listen, prepareNext } from "./serve.mjs";

/** The core hands over running work when it stops; work that does not end in time is carried on by the next start. */
const CORE_STOP_MS = 8_000;
/** A first start makes the engine's tables on a machine that is busy building. */
const CORE_START_MS = 60_000;
/** Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. */
const ONE_KEYSTROKE_MS = 500;
const CORE = Symbol.for("strata.core");
const CORE_FAILED = Symbol.for("strata.core.failed");

await runMain(import.meta.url, async () => {
  const isDevelopment = process.argv.includes("--dev");
  const host = process.env.HOST || "127.0.0.1";
  const wantedPort = parsePort(process.env.PORT || "3000");

  await ensureDependencies();
  await ensurePackages(PRODUCT_PACKAGES);
  await offerPackages(OPTIONAL_PACKAGES);
  await ensurePrismaClient();
  await ensureDrivers();
  await ensureCommandLine();
  if (!isDevelopment) await ensureApplication();

  const home = ensureHome();
  const claim = claimHome(home);
  /** What to undo at the end, last first. @type {(() => Promise<void> | void)[]} */
  const undo = [claim.release];
  const shutdown = shutdownOnce(undo);
  process.on("SIGINT", () => shutdown(0));
  process.on("SIGTERM", () => shutdown(0));

  try {
    const web = await listen(host, wantedPort);
    undo.push(web.close);
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${web.port}`;
    const database = await openDatabase(home, (error) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      shutdown(1);
    });
    undo.splice(1, 0, database.stop); // After the core and the web server, which both use it.
    Object.assign(process.env, {
      NODE_ENV: isDevelopment ? "development" : "production",
      NEXT_TELEMETRY_DISABLED: "1",
      DATABASE_URL: database.url,
      STRATA_HOME: home,
      HOST: host,
      PORT: String(web.port),
      NEXTAUTH_SECRET: process.env.NEXTAUTH_SECRET || ensureSecret(path.join(home, "auth_secret")),
      NEXTAUTH_URL: process.env.NEXTAUTH_URL || publicUrl(url, host, web.port),
    });
    process.chdir(ROOT);

    const credentials = path.join(home, "oneadmin_auth");
    const isFirstStart = !existsSync(credentials);
    undo.splice(2, 0, stopCore);
    web.use(await prepareNext({ isDevelopment, host, port: web.port, server: web.server }));
    await coreStarted();
    claim.publish(url);
    say(`\nStrata is ready: ${process.env.NEXTAUTH_URL}\n${await signInHint(credentials, isFirstStart)}`);
  } catch (error) {
    process.stderr.write(
      `\n${error instanceof SetupError ? error.message : error instanceof Error ? error.stack : error}\n`,
    );
    shutdown(1);
  }
});

/**
 * Undo everything, once; whoever asks again later wants to leave at once.
 * @param {(() => Promise<void> | void)[]} undo
 * @returns {(exitCode: number) => void}
 */
function shutdownOnce(undo) {
  let stoppingSince = 0;
  return (exitCode) => {
    if (stoppingSince !== 0) {
      if (exitCode === 0 && performance.now() - stoppingSince > ONE_KEYSTROKE_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    if (exitCode === 0) say("\nStopping …");
    void (async () => {
      let code = exitCode;
      for (const step of [...undo].reverse()) {
        try {
          await step();
        } catch (error) {
          process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
          code = 1;
        }
      }
      process.exit(code);
    })();
  };
}

/** Next runs `register()` of instrumentation.ts beside its own preparation, and does not wait for it in production. */
async function coreStarted() {
  const deadline = performance.now() + CORE_START_MS;
  while (!Reflect.has(globalThis, CORE)) {
    if (Reflect.has(globalThis, CORE_FAILED)) throw new SetupError("The core did not start (see above).");
    if (performance.now() > deadline) throw new SetupError(`The core did not start within ${CORE_START_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stopCore() {
  const core = Reflect.get(globalThis, CORE);
  if (typeof core?.stop !== "function") return;
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve("late"), CORE_STOP_MS);
  });
  const outcome = await Promise.race([core.stop(), late]);
  clearTimeout(timer);
  if (outcome === "late") say("Some work did not stop in time; the next start carries it on.");
}

/** @param {string} text */
function parsePort(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new SetupError(`PORT is not a port: ${text}`);
  return port;
}

/**
 * The address to type into a browser; "every address" is none.
 * @param {string} url
 * @param {string} host
 * @param {number} port
 */
function publicUrl(url, host, port) {
  return host === "0.0.0.0" || host === "::" ? `http://localhost:${port}` : url;
}

/**
 * @param {string} credentials file with `oneadmin:<password>`, written by the core when it makes the first user
 * @param {boolean} isFirstStart
 */
async function signInHint(credentials, isFirstStart) {
  if (!existsSync(credentials)) return "Sign in with an account of this database.";
  if (!isFirstStart) return `Sign in as oneadmin; its first password is in ${credentials}`;
  const { readFile } = await import("node:fs/promises");
  const [name, ...password] = (await readFile(credentials, "utf8")).trim().split(":");
  return `Sign in as ${name} with the password ${password.join(":")}\n(kept in ${credentials})`;
}
