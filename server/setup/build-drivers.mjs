/**
 * Bundles the drivers into one program and lays out `dist/remotes/<family>/<driver>/<action>` as links to it.
 * Node resolves a link before it decides that the program is a module, and leaves the link in argv[1].
 */
import { chmod, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Some packages are CommonJS and call require() for Node's own modules. */
const BANNER = `#!/usr/bin/env node
import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

/** What every bundle has in common. Names stay, for the rare stack in a bug report. */
const PROGRAM = /** @type {const} */ ({
  // Half of what an action costs to start is parsing.
  minifySyntax: true,
  minifyWhitespace: true,
  absWorkingDir: ROOT,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  logLevel: "warning",
});

/**
 * Build into `<outDir>/drivers` and link `<outDir>/remotes`; the program that reads guests' disks goes to `<outDir>/guest`.
 * The links are made in a new folder that then takes the place of the old one, so a running core never sees a gap
 * longer than two renames.
 * @param {{ outDir?: string }} [options] outDir: absolute, default `dist` of the project
 * @returns {Promise<{ remotesDir: string, actions: string[] }>}
 */
export async function buildDrivers({ outDir = path.join(ROOT, "dist") } = {}) {
  const programDir = path.join(outDir, "drivers");
  const remotesDir = path.join(outDir, "remotes");
  const { metafile } = await build({
    ...PROGRAM,
    metafile: true,
    entryPoints: { main: "server/drivers/main.ts", table: "server/drivers/table.ts" },
    outdir: programDir,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    banner: { js: BANNER },
  });
  // One piece: it is handed to the sandbox as a descriptor, which could not follow an import.
  await build({
    ...PROGRAM,
    entryPoints: { reader: "server/lib/guest-files/reader.ts" },
    outdir: path.join(outDir, "guest"),
  });
  const program = path.join(programDir, "main.mjs");
  await chmod(program, 0o755);
  const { ACTIONS } = await import(`${pathToFileURL(path.join(programDir, "table.mjs")).href}?at=${Date.now()}`);
  const actions = Object.keys(ACTIONS).sort();

  const nextDir = `${remotesDir}.next-${process.pid}`;
  await rm(nextDir, { recursive: true, force: true });
  for (const action of actions) {
    const link = path.join(nextDir, action);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.relative(path.dirname(path.join(remotesDir, action)), program), link);
  }
  await rm(remotesDir, { recursive: true, force: true });
  await rename(nextDir, remotesDir);
  await removeOldChunks(path.join(programDir, "chunks"), Object.keys(metafile.outputs));
  return { remotesDir, actions };
}

/** Chunks are named by their content, so each build leaves the changed ones of the build before. */
async function removeOldChunks(chunksDir, outputs) {
  const current = new Set(outputs.map((output) => path.basename(output)));
  for (const name of await readdir(chunksDir)) {
    if (!current.has(name)) await rm(path.join(chunksDir, name), { force: true });
  }
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  const { remotesDir, actions } = await buildDrivers();
  const tookMs = Math.round(performance.now() - started);
  process.stdout.write(
    `${actions.length} driver actions in ${path.relative(process.cwd(), remotesDir)} (${tookMs} ms)\n`,
  );
}
