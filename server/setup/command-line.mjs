/** Bundles the command line into `dist/cli`, and starts a command of it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUNDLE = path.join(ROOT, "dist/cli/main.mjs");

const BANNER = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

/** Build `dist/cli/main.mjs`: one file, so that a command starts in a fraction of the time that its sources would take. */
export async function buildCommandLine() {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: "server/cli/main.ts" },
    outdir: path.dirname(BUNDLE),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: { js: BANNER },
    logLevel: "warning",
  });
}

/**
 * What each file of bin/ does.
 * @param {string} name e.g. `onevm`
 */
export async function launch(name) {
  if (!existsSync(BUNDLE)) {
    process.stderr.write("The command line is not built yet. Run: npm run build\n");
    process.exitCode = 255;
    return;
  }
  const { runProgram } = await import(pathToFileURL(BUNDLE).href);
  process.stdout.on("error", (error) => {
    // The reader of a pipe has had enough, e.g. `onevm list | head -1`.
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await runProgram(name, process.argv.slice(2));
}
