import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { attempt, hasProgram } from "./command.mjs";
import { ROOT, SetupError, say } from "./report.mjs";

const META_PACKAGE = "linux-image-cloud-amd64";

/**
 * Where the kernel of the test guests is unpacked. Its package is not installed: that would change what the machine
 * itself boots.
 */
export const GUEST_KERNEL_DIR = path.join(ROOT, "node_modules/.cache/strata/guest-kernel");

/**
 * Make Debian's cloud kernel available to the test guests: the installed one, or else its package, downloaded and
 * unpacked once.
 * @throws {SetupError} it cannot be downloaded
 */
export async function ensureGuestKernel() {
  if (hasKernel("/") || hasKernel(GUEST_KERNEL_DIR)) return;
  if (!hasProgram("apt-get")) throw new SetupError(`The tests of running VMs need the package ${META_PACKAGE}.`);
  say(`Downloading the kernel of the test guests (${META_PACKAGE}) …`);
  const depends = async () => await attempt("apt-cache", ["depends", META_PACKAGE], { quiet: true });
  let listed = await depends();
  if (listed.code !== 0 || !listed.output.includes("Depends:")) {
    await attempt("apt-get", ["-q", "update"], { quiet: true });
    listed = await depends();
  }
  const name = /Depends: (linux-image-\S+)/.exec(listed.output)?.[1];
  if (name === undefined) throw new SetupError(`${listed.output}\nThere is no package ${META_PACKAGE} to be had.`);

  const work = mkdtempSync(path.join(tmpdir(), "strata-kernel-"));
  try {
    const download = async () => await attempt("apt-get", ["-q", "download", name], { cwd: work, quiet: true });
    let loaded = await download();
    if (loaded.code !== 0) {
      // The lists of this machine may be older than what the archive still has.
      await attempt("apt-get", ["-q", "update"], { quiet: true });
      loaded = await download();
    }
    const file = readdirSync(work).find((entry) => entry.endsWith(".deb"));
    if (file === undefined) throw new SetupError(`${loaded.output}\nThe package ${name} could not be downloaded.`);
    // Beside its place, so that a half unpacked one is never used.
    mkdirSync(path.dirname(GUEST_KERNEL_DIR), { recursive: true });
    const unpacked = `${GUEST_KERNEL_DIR}.${process.pid}`;
    const { code, output } = await attempt("dpkg", ["-x", path.join(work, file), unpacked], { quiet: true });
    if (code !== 0) throw new SetupError(`${output}\nThe package ${name} could not be unpacked.`);
    rmSync(GUEST_KERNEL_DIR, { recursive: true, force: true });
    renameSync(unpacked, GUEST_KERNEL_DIR);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} root */
function hasKernel(root) {
  const boot = path.join(root, "boot");
  if (!existsSync(boot)) return false;
  return readdirSync(boot).some((name) => {
    const version = /^vmlinuz-(.*-cloud-amd64)$/.exec(name)?.[1];
    return version !== undefined && existsSync(path.join(root, "lib/modules", version));
  });
}
