import { existsSync } from "node:fs";
import { attempt, hasProgram } from "./command.mjs";
import { SetupError, say } from "./report.mjs";

/**
 * @typedef {object} SystemPackage
 * @property {string} name Debian's name
 * @property {string} feature what does not work without it
 * @property {readonly string[]} programs found in PATH when it is installed
 * @property {readonly string[]} [files] for a package without programs
 */

/** What a node needs to back up and restore. @type {readonly SystemPackage[]} */
export const PRODUCT_PACKAGES = [
  { name: "qemu-utils", feature: "reading and writing disk images", programs: ["qemu-img", "qemu-io", "qemu-nbd"] },
  { name: "qemu-system-common", feature: "live export of disks", programs: ["qemu-storage-daemon"] },
  { name: "rsync", feature: "rsync datastores", programs: ["rsync"] },
  { name: "restic", feature: "restic datastores", programs: ["restic"] },
  { name: "libvirt-clients", feature: "backing up running VMs", programs: ["virsh"] },
  { name: "openssh-client", feature: "remote hosts and datastores", programs: ["ssh", "scp", "ssh-keygen"] },
  { name: "e2fsprogs", feature: "demo machines and file browsing", programs: ["mke2fs", "debugfs"] },
  { name: "openssl", feature: "checksums of stored images", programs: ["openssl"] },
];

/** What one thing alone needs; Strata starts without it. @type {readonly SystemPackage[]} */
export const OPTIONAL_PACKAGES = [
  { name: "qemu-system-x86", feature: "boot checks of restore points", programs: ["qemu-system-x86_64"] },
  { name: "sleuthkit", feature: "browsing the files of restore points", programs: ["fls", "icat"] },
];

/** What the tests need besides. @type {readonly SystemPackage[]} */
export const TEST_PACKAGES = [
  { name: "openssh-server", feature: "tests with a remote host", programs: ["sshd"] },
  { name: "iproute2", feature: "tests of a cut connection", programs: ["ip"] },
  { name: "iptables", feature: "tests of a cut connection", programs: ["iptables"] },
  { name: "libnbd-bin", feature: "tests of live export", programs: ["nbdinfo", "nbdcopy"] },
  { name: "libvirt-daemon", feature: "tests of running VMs", programs: ["libvirtd"] },
  {
    name: "libvirt-daemon-driver-qemu",
    feature: "tests of running VMs",
    programs: [],
    files: ["/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"],
  },
  { name: "qemu-system-x86", feature: "tests of running VMs", programs: ["qemu-system-x86_64"] },
  { name: "ntfs-3g", feature: "tests of file browsing", programs: ["mkfs.ntfs", "ntfscp"] },
  { name: "xfsprogs", feature: "tests of file browsing", programs: ["mkfs.xfs"] },
  { name: "unzip", feature: "tests of file browsing", programs: ["unzip"] },
  { name: "dosfstools", feature: "tests of file browsing", programs: ["mkfs.vfat"] },
  { name: "mtools", feature: "tests of file browsing", programs: ["mcopy", "mmd"] },
  {
    name: "ovmf",
    feature: "tests of boot checks by UEFI",
    programs: [],
    files: ["/usr/share/OVMF/OVMF_CODE_4M.fd"],
  },
  { name: "dosfstools", feature: "tests of boot checks by UEFI", programs: ["mkfs.vfat"] },
  { name: "mtools", feature: "tests of boot checks by UEFI", programs: ["mcopy"] },
  { name: "busybox-static", feature: "guests of the tests", programs: ["busybox"] },
  { name: "cpio", feature: "guests of the tests", programs: ["cpio"] },
  { name: "qemu-guest-agent", feature: "tests of frozen file systems", programs: ["qemu-ga"] },
  { name: "libxml2-utils", feature: "tests of XML documents", programs: ["xmllint"] },
  { name: "ceph-mon", feature: "tests with disks in Ceph", programs: ["ceph-mon", "monmaptool"] },
  { name: "ceph-osd", feature: "tests with disks in Ceph", programs: ["ceph-osd"] },
  { name: "ceph-mgr", feature: "tests with disks in Ceph", programs: ["ceph-mgr"] },
  { name: "ceph-common", feature: "tests with disks in Ceph", programs: ["ceph", "rbd"] },
  {
    name: "qemu-block-extra",
    feature: "tests with disks in Ceph",
    programs: [],
    files: ["/usr/lib/x86_64-linux-gnu/qemu/block-rbd.so"],
  },
  { name: "chromium", feature: "browser tests", programs: ["chromium"] },
  {
    name: "fonts-dejavu-core",
    feature: "text in browser tests",
    programs: [],
    files: ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"],
  },
];

/**
 * Install what is missing: by apt-get as root, otherwise stop and print the command to paste.
 * @param {readonly SystemPackage[]} packages
 * @throws {SetupError} something is missing and we cannot install it
 */
export async function ensurePackages(packages) {
  const missing = packages.filter((entry) => !isInstalled(entry));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const install = ["install", "-y", "--no-install-recommends", ...names];
  if (process.getuid?.() !== 0 || !hasProgram("apt-get")) {
    const list = missing.map(({ name, feature }) => `  ${name}: ${feature}`).join("\n");
    throw new SetupError(
      `Strata needs system packages that are not installed:\n${list}\n\n${
        hasProgram("apt-get")
          ? `Install them with:\n  sudo apt-get update && sudo apt-get ${install.join(" ")}`
          : `Install whatever brings these programs here: ${missing.flatMap(({ programs }) => programs).join(", ")}`
      }\nand run the command again.`,
    );
  }
  say(`Installing system packages: ${names.join(", ")} …`);
  // A machine that has just booted may be updating itself: wait for its lock instead of failing.
  const options = ["-q", "-o", "DPkg::Lock::Timeout=300"];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // The lists of a fresh image are empty or old; a failed update (one dead mirror) may still leave usable ones.
  await attempt("apt-get", [...options, "update"], { env, quiet: true });
  const { code, output } = await attempt("apt-get", [...options, ...install], { env, quiet: true });
  const still = packages.filter((entry) => !isInstalled(entry));
  if (still.length > 0) {
    throw new SetupError(
      `${output}\napt-get ${install.join(" ")} ended with ${code}; still missing: ${still.map(({ name }) => name).join(", ")}`,
    );
  }
}

/**
 * Install what is missing when that is possible, and say what does not work when it is not. Never stops a start.
 * @param {readonly SystemPackage[]} packages
 */
export async function offerPackages(packages) {
  const missing = packages.filter((entry) => !isInstalled(entry));
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && hasProgram("apt-get")) {
    await ensurePackages(missing).catch(() => undefined);
    if (missing.every((entry) => isInstalled(entry))) return;
  }
  for (const { name, feature } of missing) say(`Without the package ${name} there is no: ${feature}.`);
}

/** @param {SystemPackage} entry */
function isInstalled({ programs, files = [] }) {
  return programs.every(hasProgram) && files.every((file) => existsSync(file));
}
