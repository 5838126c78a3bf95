/**
 * A private libvirtd from Debian's packages, for tests and the test bed: a "host" with KVM's management.
 *
 * It runs in mount and process namespaces of its own, where every folder that libvirt uses is below one temporary
 * folder: the machine's own libvirt is neither seen nor touched. Files of the machine, and what is mounted later, are
 * seen as usual. The first process of the process namespace is a child of ours; when it ends, on `stop` or because the
 * tests were killed, the kernel ends libvirtd and all its guests with it. It starts libvirtd again when that ends, so a
 * test may kill libvirtd and its guests go on.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { systemClock } from "../../lib/clock";
import { childEnv } from "../../lib/env";
import { type ProcessResult, run, start } from "../../lib/process";

const LIBVIRTD = "/usr/sbin/libvirtd";
const START_MS = 20_000;
const VIRSH_MS = 60_000;
const POLL_MS = 50;

export interface TestLibvirtd {
  /** Temporary folder of everything it writes. */
  dir: string;
  /** For LIBVIRT_DEFAULT_URI, which drivers and virsh obey. */
  uri: string;
  /** stdout of virsh; throws with its words when it fails. */
  virsh(...args: readonly string[]): Promise<string>;
  /** The same without throwing. */
  tryVirsh(...args: readonly string[]): Promise<ProcessResult>;
  /** Pid of the QEMU of a domain, null when there is none. */
  qemuPid(domain: string): Promise<number | null>;
  /** `kill -9` of libvirtd; resolves when the next one answers. Guests go on. */
  restart(): Promise<void>;
  /** Ends libvirtd and all its guests, and removes the folder. */
  stop(): Promise<void>;
}

/** $1 folder. What libvirt calls its own, each on a folder of ours; then libvirtd again and again. */
const SUPERVISE = `
mount --make-rslave /
for place in /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /run/libvirt; do
  mkdir -p "$place" "$1/root$place"
  mount --bind "$1/root$place" "$place"
done
cp "$1/qemu.conf" /etc/libvirt/qemu.conf
while :; do
  /usr/sbin/libvirtd -f "$1/libvirtd.conf" -p "$1/libvirtd.pid" </dev/null
  rm -f "$1/libvirtd.pid"
done
`;

/** No cgroups, no namespaces of guests' own, no virtlogd: none of them needs to be there (measured on Debian 12). */
const QEMU_CONF = `
user = "root"
group = "root"
security_driver = "none"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
`;

/** Why none can be started here, for `describe.skipIf`; null when one can. */
export function whyNoLibvirtd(): string | null {
  if (process.getuid?.() !== 0) return "a private libvirtd needs root";
  return existsSync(LIBVIRTD) ? null : `${LIBVIRTD} is missing: install libvirt-daemon-system`;
}

/** @throws when it cannot run here, or does not answer within 20 s */
export async function startLibvirtd(): Promise<TestLibvirtd> {
  const reason = whyNoLibvirtd();
  if (reason !== null) throw new Error(reason);
  // A socket's path may have 107 characters: keep this one short.
  const dir = await mkdtemp(path.join(tmpdir(), "lv-"));
  const log = path.join(dir, "libvirtd.log");
  await writeFile(path.join(dir, "qemu.conf"), QEMU_CONF);
  await writeFile(
    path.join(dir, "libvirtd.conf"),
    [
      'auth_unix_ro = "none"',
      'auth_unix_rw = "none"',
      'unix_sock_rw_perms = "0700"',
      `log_outputs = "3:file:${log}"`,
      "",
    ].join("\n"),
  );
  // QEMU makes sockets below these, whose names are long enough already.
  await mkdir(path.join(dir, "root"), { recursive: true });
  const uri = `qemu:///system?socket=${dir}/root/run/libvirt/libvirt-sock`;

  const stopping = new AbortController();
  const supervisor = start(
    ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", SUPERVISE, "libvirtd", dir],
    { signal: stopping.signal, timeoutMs: 6 * 60 * 60 * 1000, termGraceMs: 1_000 },
  );
  let ended: ProcessResult | null = null;
  const gone = supervisor.done.then((result) => {
    ended = result;
  });

  const tryVirsh = async (...args: readonly string[]) =>
    await run(["virsh", "-q", "-c", uri, ...args], { timeoutMs: VIRSH_MS, maxOutputBytes: 1024 * 1024 });
  const virsh = async (...args: readonly string[]) => {
    const result = await tryVirsh(...args);
    if (!result.ok) throw new Error(`virsh ${args.join(" ")}: ${result.spawnError ?? result.stderr.trim()}`);
    return result.stdout;
  };
  const answers = async () => {
    const until = performance.now() + START_MS;
    while (!(await tryVirsh("list")).ok) {
      if (ended !== null) throw new Error(`libvirtd did not start: ${ended.spawnError ?? ended.stderr}`);
      if (performance.now() > until) throw new Error(`libvirtd does not answer: ${await readFile(log, "utf8")}`);
      await systemClock.sleep(POLL_MS);
    }
  };
  const stop = async () => {
    stopping.abort();
    await gone;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await answers();
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    dir,
    uri,
    virsh,
    tryVirsh,
    qemuPid: async (domain) => await pidOf(dir, (words) => words.includes(`guest=${domain},debug-threads=on`)),
    restart: async () => {
      const pid = await pidOf(dir, (words) => words[0] === LIBVIRTD && words.includes(`${dir}/libvirtd.conf`));
      if (pid === null) throw new Error("there is no libvirtd");
      process.kill(pid, "SIGKILL");
      await answers();
    },
    stop,
  };
}

/** The environment of a driver that is to use this libvirtd. */
export function envFor({ uri }: TestLibvirtd): Record<string, string> {
  return { ...childEnv(), LIBVIRT_DEFAULT_URI: uri };
}

/** A process of the namespace, by its command line; pids inside differ from ours, so they are looked up here. */
async function pidOf(dir: string, matches: (words: string[]) => boolean): Promise<number | null> {
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    const words = command.split("\0");
    if (command.includes(dir) && matches(words)) return Number(name);
  }
  return null;
}
