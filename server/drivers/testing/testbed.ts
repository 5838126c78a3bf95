/**
 * `npm run testbed`: two hosts with libvirt and sshd, a backup server, and a guest that writes, on this machine alone.
 * Prints how to point a Strata at them and lasts until it is interrupted; then all of it is gone.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeDisk } from "./disks";
import { startGuest } from "./guest";
import { makeGuestImage } from "./guest-image";
import { startLibvirtd } from "./libvirtd";
import { RECORD_DISK_BYTES } from "./records";
import { startSshd } from "./sshd";

/** What was started so far, last first to be stopped. */
const started: (() => Promise<void>)[] = [];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function startHost(name: string) {
  const libvirtd = await startLibvirtd();
  started.unshift(libvirtd.stop);
  const sshd = await startSshd([name], { LIBVIRT_DEFAULT_URI: libvirtd.uri });
  started.unshift(sshd.stop);
  return { libvirtd, sshd };
}

async function main(): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  try {
    const dir = await mkdtemp(path.join(tmpdir(), "strata-testbed-"));
    started.unshift(async () => await rm(dir, { recursive: true, force: true }));
    const hv1 = await startHost("hv1");
    const hv2 = await startHost("hv2");
    const backup = await startSshd(["backup1"]);
    started.unshift(backup.stop);
    const sshConfig = path.join(dir, "ssh_config");
    const configs = [hv1, hv2].map(({ sshd }) => sshd.configPath);
    await writeFile(sshConfig, [...configs, backup.configPath].map((file) => `Include ${file}\n`).join(""));

    const disks = ["a", "b"].map((name) => path.join(dir, "disks", `${name}.qcow2`));
    await mkdir(path.join(dir, "repository"));
    for (const disk of disks) await makeDisk(disk, RECORD_DISK_BYTES);
    const image = await makeGuestImage(dir, { agent: true });
    await startGuest(hv1.libvirtd, { name: "writer", image, disks, write: ["vda", "vdb"], agent: true });
    say(`Hosts hv1 and hv2, backup server backup1; the guest "writer" runs on hv1 with ${disks.join(" and ")}.

Start Strata with
  STRATA_SSH_CONFIG=${sshConfig} LIBVIRT_DEFAULT_URI='${hv1.libvirtd.uri}' npm start
then add the hosts, import "writer", and make a datastore on backup1 in ${dir}/repository.
Look at the guests with
  virsh -c '${hv1.libvirtd.uri}' list --all
  virsh -c '${hv2.libvirtd.uri}' list --all

Ctrl-C ends all of it.`);
    await interrupted;
  } finally {
    for (const stop of started) await stop();
  }
}

await main();
