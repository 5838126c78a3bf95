/** Guests of the test bed: a libvirt domain around a guest image, and a shell inside it. */

import { writeFile } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import path from "node:path";
import { systemClock } from "../../lib/clock";
import { LineSplitter } from "../../lib/process-output";
import type { GuestImage } from "./guest-image";
import type { TestLibvirtd } from "./libvirtd";

/** Emulated processors on a busy machine need their time. */
const BOOT_MS = 60_000;
const ANSWER_MS = 30_000;
const MAX_LINE = 64 * 1024;

export interface GuestOptions {
  /** Domain name; a VM's deploy id. */
  name: string;
  image: GuestImage;
  /** qcow2 files in the order vda, vdb, …; with `ceph`, names of images there. */
  disks: readonly string[];
  ceph?: { pool: string; confPath: string };
  /** Disks that get numbered records (records.ts), e.g. `["vda", "vdb"]`. */
  write?: readonly string[];
  /** Number of the last record that is on the disks; default 0. */
  lastRecord?: number;
  /** A disk with ext4 that is mounted and appended to without syncing. */
  mount?: string;
  /** With a virtio port, and the agent when the image has one. */
  agent?: boolean;
}

export interface Guest {
  name: string;
  /** A shell command in the guest: what it printed. Throws when its exit code is not 0 or no answer comes within 30 s. */
  run(command: string): Promise<string>;
  /** The number of the newest record that is on all disks. */
  written(): Promise<number>;
  /** Resolves once `count` more records are on all disks: the guest's disks work. */
  writes(count: number): Promise<void>;
  /** Ends the domain at once. */
  destroy(): Promise<void>;
}

/** The domain's XML. Emulated (TCG) everywhere: /dev/kvm may open and still hang a guest on a nested host. */
export function guestXml(options: GuestOptions, serial: string): string {
  const { name, image, disks, ceph, write = [], lastRecord = 0, mount, agent = false } = options;
  const words = ["console=ttyS0", "quiet", "loglevel=1", "panic=-1"];
  if (write.length > 0) words.push(`strata.last=${lastRecord}`, `strata.write=${write.join(",")}`);
  if (mount !== undefined) words.push(`strata.mount=${mount}`);
  if (agent) words.push("strata.agent");
  const source = (disk: string) =>
    ceph === undefined
      ? `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none' discard='unmap'/><source file='${escapeXml(disk)}'/>`
      : `<disk type='network' device='disk'><driver name='qemu' type='raw' cache='none' discard='unmap'/><source protocol='rbd' name='${escapeXml(`${ceph.pool}/${disk}`)}'><config file='${escapeXml(ceph.confPath)}'/></source>`;
  const disk = (file: string, index: number) =>
    `${source(file)}<target dev='vd${String.fromCharCode(97 + index)}' bus='virtio'/></disk>`;
  const channel =
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>" +
    "<controller type='virtio-serial' index='0'/>";
  return `<domain type='qemu'>
  <name>${escapeXml(name)}</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>${escapeXml(image.kernel)}</kernel>
    <initrd>${escapeXml(image.initrd)}</initrd><cmdline>${escapeXml(words.join(" "))}</cmdline></os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
  <devices>
    ${disks.map(disk).join("\n    ")}
    <serial type='unix'><source mode='bind' path='${escapeXml(serial)}'/></serial>
    ${agent ? channel : ""}
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}

/**
 * Define the domain, start it and wait until its shell answers.
 * @throws when it does not boot within 60 s
 */
export async function startGuest(libvirtd: TestLibvirtd, options: GuestOptions): Promise<Guest> {
  const { name } = options;
  const serial = path.join(libvirtd.dir, `${name}.tty`);
  const xml = path.join(libvirtd.dir, `${name}.xml`);
  await writeFile(xml, guestXml(options, serial));
  await libvirtd.virsh("define", xml);
  await libvirtd.virsh("start", name);
  const shell = await openShell(serial);
  const written = async () => Number(await shell.run("cat /run/written 2>/dev/null || echo 0"));
  return {
    name,
    run: shell.run,
    written,
    writes: async (count) => {
      const goal = (await written()) + count;
      const until = performance.now() + ANSWER_MS;
      while ((await written()) < goal) {
        if (performance.now() > until) throw new Error(`the guest ${name} does not write`);
        await systemClock.sleep(100);
      }
    },
    destroy: async () => {
      shell.close();
      await libvirtd.tryVirsh("destroy", name);
      await libvirtd.tryVirsh("undefine", name, "--checkpoints-metadata", "--snapshots-metadata");
    },
  };
}

/** The shell behind the guest's serial port, once it is ready; `isReady`: it said so before, on another connection. */
export async function openShell(serial: string, { isReady = false }: { isReady?: boolean } = {}) {
  const lines: string[] = [];
  let wake = () => {};
  const socket: Socket = createConnection(serial);
  const splitter = new LineSplitter((line) => {
    lines.push(line);
    wake();
  }, MAX_LINE);
  socket.on("data", (chunk: Buffer) => splitter.push(chunk));
  socket.on("error", () => undefined);

  /** The line that matches, and what came before it. */
  const until = async (
    pattern: RegExp,
    timeoutMs: number,
    what: string,
  ): Promise<{ match: string; before: string[] }> => {
    const before: string[] = [];
    const deadline = performance.now() + timeoutMs;
    while (true) {
      const line = lines.shift();
      if (line === undefined) {
        const left = deadline - performance.now();
        if (left <= 0) throw new Error(`no answer of the guest to ${what}: ${before.slice(-5).join(" | ")}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        continue;
      }
      const [, match] = pattern.exec(line) ?? [];
      if (match !== undefined) return { match, before };
      before.push(line);
    }
  };

  let lastId = 0;
  if (!isReady) await until(/(READY)$/, BOOT_MS, "its start");
  const ask = async (command: string): Promise<string> => {
    lastId += 1;
    socket.write(`RUN ${lastId} ${command}\n`);
    const { match, before } = await until(new RegExp(`^DONE ${lastId} (\\d+)$`), ANSWER_MS, command);
    if (match !== "0") throw new Error(`${command}: exit code ${match}: ${before.join("\n")}`);
    return before.join("\n");
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    /** One command at a time: there is one line. */
    run: (command: string): Promise<string> => {
      const answer = last.then(() => ask(command));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: () => socket.destroy(),
  };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;");
}
