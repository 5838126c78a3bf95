/**
 * `test <host> [<libvirt URI>]` (ours) → lines `<stage> ok|failed|skipped <detail>` for connect, libvirt, tools and
 * acceleration; the detail of the last begins with `kvm` or `qemu` (emulation). Never fails itself.
 */
import { DriverError, defineAction, oneLine } from "../../action";
import { type Hypervisor, parseHypervisor } from "../lib/arguments";
import { onHypervisor } from "../lib/virsh";

const CONNECT_MS = 20_000;
const BOOT_MS = 40_000;

const CONNECT = `. /etc/os-release 2>/dev/null || true; echo "\${PRETTY_NAME:-$(uname -s)}, $(uname -m)"`;

const LIBVIRT = `vir version | awk -F': ' '/Using library|Running hypervisor/ {print $2}' | paste -sd, -`;

/** Programs that backups and restores run on a host. */
const TOOLS = `
missing=
for tool in qemu-img qemu-nbd qemu-storage-daemon setpriv setsid realpath base64 sha256sum; do
  command -v "$tool" >/dev/null || missing="$missing $tool"
done
echo "$missing"
`;

/**
 * A real boot, because /dev/kvm may open on a nested host and then hang every guest: the host's own kernel without a root
 * file system panics within seconds, and \`panic=-1 -no-reboot\` ends QEMU. A kernel that may not be read is replaced
 * by firmware that runs for three seconds, which says less.
 */
const ACCELERATION = `
if [ ! -e /dev/kvm ]; then echo "qemu there is no /dev/kvm: guests are emulated, which is slow"; exit 0; fi
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
  if vir domcapabilities --virttype kvm >/dev/null 2>&1; then echo "kvm as libvirt says; the login user may not try it"
  else echo "qemu libvirt offers no KVM: guests are emulated, which is slow"; fi
  exit 0
fi
binary=$(command -v "qemu-system-$(uname -m)" || command -v kvm || true)
if [ -z "$binary" ]; then
  if vir domcapabilities --virttype kvm >/dev/null 2>&1; then echo "kvm as libvirt says; there is no QEMU to try it"
  else echo "qemu libvirt offers no KVM"; fi
  exit 0
fi
kernel=
for file in "/boot/vmlinuz-$(uname -r)" /boot/vmlinuz*; do if [ -r "$file" ]; then kernel=$file; break; fi; done
set -- -accel kvm -cpu host -m 192 -nodefaults -display none -no-reboot
if [ -n "$kernel" ] && [ "$(uname -m)" = x86_64 ]; then
  output=$(timeout -k 2 12 "$binary" "$@" -kernel "$kernel" -append "console=ttyS0 panic=-1" -serial stdio </dev/null 2>&1 || true)
  case "$output" in *"Kernel panic"* | *"end Kernel"*) echo "kvm a kernel booted with it"; exit 0 ;; esac
  why=$(printf %s "$output" | tail -n 1 | tr -cd '[:print:]' | cut -c1-160)
  echo "qemu /dev/kvm is there but no kernel boots with it: guests are emulated, which is slow (\${why:-no output})"
  exit 0
fi
code=0; timeout -k 2 3 "$binary" "$@" </dev/null >/dev/null 2>&1 || code=$?
if [ "$code" = 124 ]; then echo "kvm firmware ran with it"; else echo "qemu QEMU does not start with KVM"; fi
`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal }) {
    const at = parseHypervisor(argv[0], argv[1]);
    const lines: string[] = [];
    const stage = async (name: string, work: () => Promise<string>): Promise<boolean> => {
      try {
        lines.push(`${name} ok ${oneLine(await work())}`);
        return true;
      } catch (error) {
        if (!(error instanceof DriverError) || signal.aborted) throw error;
        lines.push(`${name} failed ${oneLine(error.message)}`);
        return false;
      }
    };
    const ask = (what: string, script: string, timeoutMs: number) =>
      onHypervisor(at, what, script, [], { signal, timeoutMs });
    if (!(await stage("connect", () => ask("log in", CONNECT, CONNECT_MS)))) {
      return [...lines, ...["libvirt", "tools", "acceleration"].map((name) => `${name} skipped`)].join("\n");
    }
    const hasLibvirt = await stage("libvirt", () => ask("ask libvirt", LIBVIRT, CONNECT_MS));
    await stage("tools", () => tools(at, signal));
    if (hasLibvirt) await stage("acceleration", () => ask("try KVM", ACCELERATION, BOOT_MS));
    else lines.push("acceleration skipped");
    return lines.join("\n");
  },
});

async function tools(at: Hypervisor, signal: AbortSignal): Promise<string> {
  const missing = (await onHypervisor(at, "look for programs", TOOLS, [], { signal, timeoutMs: CONNECT_MS })).trim();
  if (missing === "") return "all programs are there";
  throw new DriverError(`Missing on the host: ${missing}. Install qemu-utils, qemu-system-common and coreutils there.`);
}
