/** What is measured. Every row has the physical primitive that moves the same bytes, and the reference's way. */
import { copyFile, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { chainName, fileName, isSameContent, tool } from "../drivers/testing/disks";
import { type Case, compete } from "./case";
import { flattenCase, verifyChain } from "./cases-chain";
import { resticBackup, resticRestore } from "./cases-restic";
import { baseDisk, LONGEST_CHAIN, storedChain } from "./chain";
import {
  type Bench,
  type BenchVm,
  backUpOverSsh,
  bash,
  chainWithUpstream,
  clear,
  makeVm,
  preBackup,
  restore,
  script,
  storedFiles,
  UPSTREAM_FULL,
  UPSTREAM_INCREMENT,
  UPSTREAM_RESTORE,
  UPSTREAM_SEND,
  warm,
} from "./contestants";
import { applyChanges, type ChangeSet, makeRandomFile } from "./fixture";
import type { Contestant } from "./measure";

const fullLocal: Case = {
  name: "full-local",
  measure: async (bench) => {
    const vm = await makeVm(bench, 1);
    await copyFile(await baseDisk(bench), vm.disk);
    await warm(vm.disk);
    const staged = path.join(vm.vmDir, "backup/disk.0.0");
    const [copy, upstream] = [path.join(bench.dir, "copy"), path.join(bench.dir, "upstream.qcow2")];
    const timing = await compete(
      bench,
      preBackup(bench, vm, -1),
      script('cp --sparse=auto "$1" "$2"; sync "$2"', [vm.disk, copy], [copy]),
      { "convert -m 4": script(UPSTREAM_FULL, [vm.disk, upstream], [upstream]) },
    );
    const isRight = await isSameContent(fileName(vm.disk), fileName(staged));
    const { size: bytes } = await stat(staged);
    await clear([vm.vmDir, copy, upstream]);
    return { name: "full-local", reference: "cp + sync", ...timing, bytes, isRight };
  },
};

/** Stage in the reference's way, then its transport. */
function upstreamOverSsh(bench: Bench, staging: string, target: string, stage: Contestant): Contestant {
  return {
    reset: async () => {
      await clear([staging, target]);
      await mkdir(staging);
    },
    run: async () => {
      await stage.run();
      await bash(UPSTREAM_SEND, [bench.sshConfig, staging, target]);
    },
  };
}

const SSH_STREAM = `ssh -F "$1" -c aes128-gcm@openssh.com backup-server 'cat >"'"$3"'" && sync "'"$3"'"' <"$2"`;

const fullSsh: Case = {
  name: "full-ssh",
  measure: async (bench) => {
    const vm = await makeVm(bench, 2);
    await copyFile(await baseDisk(bench), vm.disk);
    await warm(vm.disk);
    const [copy, staging, sent] = ["copy", "upstream-staging", "upstream-sent"].map((name) =>
      path.join(bench.dir, name),
    ) as [string, string, string];
    const stage = script(UPSTREAM_FULL, [vm.disk, path.join(staging, "disk.0.0")], []);
    const timing = await compete(
      bench,
      backUpOverSsh(bench, vm, -1),
      script(SSH_STREAM, [bench.sshConfig, vm.disk, copy], [copy]),
      { "convert -m 4 + rsync -aS": upstreamOverSsh(bench, staging, sent, stage) },
    );
    const stored = await newestStored(vm);
    const isRight = await isSameContent(fileName(vm.disk), fileName(stored));
    const { size: bytes } = await stat(stored);
    await clear([vm.vmDir, vm.repository, copy, staging, sent]);
    return { name: "full-ssh", reference: "one ssh stream + sync", ...timing, bytes, isRight };
  },
};

/** The one disk file that the repository holds. */
async function newestStored(vm: BenchVm): Promise<string> {
  const found = await bash('ls -1 "$1"/*/disk.0.*', [path.join(vm.repository, String(vm.vmId))]);
  return found.trim().split("\n").at(-1) ?? "";
}

/** A disk with a bitmap since `base`, a copy of what it was then. */
async function changedDisk(bench: Bench, vm: BenchVm, changes: ChangeSet): Promise<string> {
  const base = await baseDisk(bench);
  await copyFile(base, vm.disk);
  await tool("qemu-img", "bitmap", "--add", "-g", "65536", fileName(vm.disk), `one-${vm.vmId}-0`);
  await applyChanges(vm.disk, bench.size.virtualSize, changes);
  await warm(vm.disk);
  return base;
}

function increment(name: string, vmId: number, changes: ChangeSet): Case {
  return {
    name,
    measure: async (bench) => {
      const vm = await makeVm(bench, vmId);
      const base = await changedDisk(bench, vm, changes);
      const ours = preBackup(bench, vm, 0);
      // Once before, for the number of bytes.
      await ours.run();
      const staged = path.join(vm.vmDir, "backup/disk.0.1");
      const { size: bytes } = await stat(staged);
      const [random, copy, upstream] = ["random", "copy", "upstream.qcow2"].map((file) =>
        path.join(bench.dir, file),
      ) as [string, string, string];
      await makeRandomFile(random, bytes);
      const physical = script('dd if="$1" of="$2" bs=1M conv=fsync status=none', [random, copy], [copy]);
      const upstreamWith = (pause: string) =>
        script(UPSTREAM_INCREMENT, [vm.disk, `one-${vmId}-0`, upstream, pause], [upstream]);
      const timing = await compete(bench, ours, physical, {
        "qemu-io per extent, two sleeps": upstreamWith("1"),
        "qemu-io per extent, no sleeps": upstreamWith("0"),
      });
      const expected = fileName(vm.disk);
      const isRight =
        (await isSameContent(chainName([base, staged]), expected)) &&
        (await isSameContent(await chainWithUpstream(base, upstream), expected));
      await clear([vm.vmDir, random, copy, upstream]);
      return { name, reference: "dd of the same bytes + fsync", ...timing, bytes, isRight };
    },
  };
}

const incrementSsh: Case = {
  name: "inc-ssh",
  measure: async (bench) => {
    const vm = await makeVm(bench, 3);
    const base = await changedDisk(bench, vm, { share: 0.05, isContiguous: false });
    await preBackup(bench, vm, 0).run();
    const { size: bytes } = await stat(path.join(vm.vmDir, "backup/disk.0.1"));
    const [random, copy, staging, sent] = ["random", "copy", "upstream-staging", "upstream-sent"].map((name) =>
      path.join(bench.dir, name),
    ) as [string, string, string, string];
    await makeRandomFile(random, bytes);
    const upstreamWith = (pause: string) => {
      const file = path.join(staging, "disk.0.1");
      return upstreamOverSsh(bench, staging, sent, script(UPSTREAM_INCREMENT, [vm.disk, `one-3-0`, file, pause], []));
    };
    const timing = await compete(
      bench,
      backUpOverSsh(bench, vm, 0),
      script(SSH_STREAM, [bench.sshConfig, random, copy], [copy]),
      {
        "qemu-io per extent, two sleeps, rsync -aS": upstreamWith("1"),
        "qemu-io per extent, no sleeps, rsync -aS": upstreamWith("0"),
      },
    );
    const isRight = await isSameContent(chainName([base, await newestStored(vm)]), fileName(vm.disk));
    await clear([vm.vmDir, vm.repository, random, copy, staging, sent]);
    return { name: "inc-ssh", reference: "one ssh stream of the same bytes + sync", ...timing, bytes, isRight };
  },
};

function restoreCase(points: number): Case {
  const name = `restore-${points}`;
  return {
    name,
    measure: async (bench) => {
      const { vm, ids, copies } = await storedChain(bench);
      const chain = ids.slice(0, points + 1);
      const [out, copy, upstream] = ["out", "copy", "upstream.qcow2"].map((file) => path.join(bench.dir, file)) as [
        string,
        string,
        string,
      ];
      const files = storedFiles(vm, chain);
      for (const file of [...files, ...copies.slice(0, points + 1)]) await warm(file);
      // Once before: a plain copy of the disk needs the disk.
      const disk = path.join(bench.dir, "restored.qcow2");
      await tool("qemu-img", "convert", "-W", "-O", "qcow2", chainName(files), disk);
      await warm(disk);
      const timing = await compete(
        bench,
        restore(bench, vm, chain, out),
        script('cp --sparse=auto "$1" "$2"; sync "$2"', [disk, copy], [copy]),
        {
          "rebase + convert": script(UPSTREAM_RESTORE, [upstream, ...copies.slice(0, points + 1)], [upstream]),
        },
      );
      const isLast = points === LONGEST_CHAIN;
      const isRight =
        (await isSameContent(fileName(out), chainName(files))) &&
        (!isLast || (await isSameContent(fileName(out), fileName(vm.disk))));
      const { size: bytes } = await stat(out);
      await clear([out, copy, upstream, disk]);
      return { name, reference: "cp of the restored disk + sync", ...timing, bytes, isRight };
    },
  };
}

const SHARES = [0.001, 0.01, 0.05, 0.2] as const;

export const CASES: readonly Case[] = [
  fullLocal,
  fullSsh,
  ...SHARES.flatMap((share, index) => [
    increment(`inc-${share * 100}-scattered`, 10 + index, { share, isContiguous: false }),
    increment(`inc-${share * 100}-contiguous`, 20 + index, { share, isContiguous: true }),
  ]),
  incrementSsh,
  ...[1, 5, LONGEST_CHAIN].map(restoreCase),
  ...[1, 5].map(flattenCase),
  verifyChain,
  resticBackup,
  resticRestore,
];
