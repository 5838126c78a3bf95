/**
 * A guest that boots in seconds: Debian's cloud kernel and an initramfs made of busybox, the virtio modules and, on
 * request, qemu-guest-agent. Everything comes from Debian packages (server/setup/packages.mjs); nothing is downloaded.
 *
 * Words of the kernel command line tell it what to do:
 * - `strata.last=12`, before the next: the number to go on from;
 * - `strata.write=vda,vdb`: write numbered records (records.ts) to these disks for ever;
 * - `strata.mount=vdc`: mount that disk's ext4 on /mnt and append to a file there without syncing;
 * - `strata.agent`: run qemu-guest-agent on its virtio port.
 * A line `RUN <id> <command>` on the first serial port runs in its shell; the output follows, then `DONE <id> <code>`.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { GUEST_KERNEL_DIR } from "../../setup/guest-kernel.mjs";
import { tool } from "./disks";
import { SECTOR_BYTES, SLOT_BYTES, SLOTS } from "./records";

export interface GuestImage {
  kernel: string;
  initrd: string;
}

const BUSYBOX = "/bin/busybox";
const AGENT = "/usr/sbin/qemu-ga";
/** In this order: each needs the ones before it. */
const MODULES = [
  "drivers/virtio/virtio_ring.ko",
  "drivers/virtio/virtio.ko",
  "drivers/virtio/virtio_pci_modern_dev.ko",
  "drivers/virtio/virtio_pci_legacy_dev.ko",
  "drivers/virtio/virtio_pci.ko",
  "drivers/block/virtio_blk.ko",
  "drivers/char/virtio_console.ko",
] as const;

/** A record is written to every disk and synced before the next one begins; not faster, so that others get a core too. */
const WRITER = `#!/bin/sh
n=\${LAST:-0}
while :; do
  n=$((n + 1))
  record=$(printf 'S%010d%4074sE%010d' "$n" "" "$n")
  seek=$(( (n % ${SLOTS} + 1) * ${SLOT_BYTES} / ${SECTOR_BYTES} ))
  for disk in "$@"; do
    printf '%s' "$record" | dd of="/dev/$disk" bs=${SECTOR_BYTES} seek="$seek" conv=notrunc,fsync 2>/dev/null || exit 1
  done
  echo "$n" >/run/written
  usleep 10000
done
`;

/** The port appears some time after its module. */
const RUN_AGENT = `#!/bin/sh
n=0
while [ "$n" -lt 500 ]; do
  for port in /sys/class/virtio-ports/*; do
    [ "$(cat "$port/name" 2>/dev/null)" = org.qemu.guest_agent.0 ] || continue
    exec /sbin/qemu-ga -m virtio-serial -p "/dev/\${port##*/}" -t /run
  done
  usleep 20000
  n=$((n + 1))
done
`;

const INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /mnt /var/run /bin /sbin
/bin/busybox --install -s /bin
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
stty -F /dev/ttyS0 raw -echo
exec </dev/ttyS0 >/dev/ttyS0 2>&1
for module in ${MODULES.map((module) => path.basename(module)).join(" ")}; do insmod "/lib/modules/$module"; done
for word in $(cat /proc/cmdline); do
  case $word in
    strata.last=*) export LAST="\${word#*=}" ;;
    strata.write=*) setsid /bin/writer $(echo "\${word#*=}" | tr , ' ') </dev/null >/dev/null 2>&1 & ;;
    strata.mount=*)
      mount -t ext4 "/dev/\${word#*=}" /mnt
      setsid sh -c 'n=0; while :; do n=$((n + 1)); echo "$n" >>/mnt/lines; usleep 50000; done' </dev/null >/dev/null 2>&1 & ;;
    strata.agent) setsid /bin/agent </dev/null >/dev/null 2>&1 & ;;
  esac
done
echo READY
while read -r word id command; do
  [ "$word" = RUN ] || continue
  sh -c "$command" 2>&1 </dev/null
  echo "DONE $id $?"
done
`;

/**
 * Make kernel and initramfs for tests in `dir`.
 * @throws when a package is missing
 */
export async function makeGuestImage(dir: string, { agent = false }: { agent?: boolean } = {}): Promise<GuestImage> {
  const { kernel, modules } = await newestKernel();
  const root = path.join(dir, "initramfs");
  for (const folder of ["bin", "sbin", "lib/modules"]) await mkdir(path.join(root, folder), { recursive: true });
  await copyFile(BUSYBOX, path.join(root, "bin/busybox"));
  for (const module of MODULES) {
    await copyFile(path.join(modules, module), path.join(root, "lib/modules", path.basename(module)));
  }
  await writeProgram(path.join(root, "init"), INIT);
  await writeProgram(path.join(root, "bin/writer"), WRITER);
  await writeProgram(path.join(root, "bin/agent"), RUN_AGENT);
  if (agent) await copyWithLibraries(AGENT, root);
  const initrd = path.join(dir, "initrd.gz");
  const pack = 'set -o pipefail; cd "$1" && find . | cpio -o -H newc --quiet | gzip -1 >"$2"';
  await tool("bash", "-c", pack, "pack", root, initrd);
  return { kernel, initrd };
}

/** The installed cloud kernel, or the one that set-up has unpacked. */
async function newestKernel(): Promise<{ kernel: string; modules: string }> {
  for (const root of ["/", GUEST_KERNEL_DIR]) {
    const names = await readdir(path.join(root, "boot")).catch(() => []);
    const found = names
      .filter((name) => /^vmlinuz-.*-cloud-amd64$/.test(name))
      .map((name) => ({
        kernel: path.join(root, "boot", name),
        modules: path.join(root, "lib/modules", name.replace(/^vmlinuz-/, ""), "kernel"),
      }))
      .filter(({ modules }) => existsSync(modules))
      .sort((a, b) => a.kernel.localeCompare(b.kernel, "en", { numeric: true }));
    const newest = found.at(-1);
    if (newest !== undefined) return newest;
  }
  throw new Error("there is no kernel for test guests: npm test downloads it, or install linux-image-cloud-amd64");
}

async function writeProgram(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}

/** A dynamic program under its own name in /sbin, and its libraries where it looks for them. */
async function copyWithLibraries(program: string, root: string): Promise<void> {
  if (!existsSync(program)) throw new Error(`${program} is missing: install qemu-guest-agent`);
  await copyFile(program, path.join(root, "sbin", path.basename(program)));
  const libraries = (await tool("ldd", program)).matchAll(/(?:=> )?(\/\S+) \(0x/g);
  for (const [, library = ""] of libraries) {
    await mkdir(path.join(root, path.dirname(library)), { recursive: true });
    await copyFile(library, path.join(root, library));
  }
}
