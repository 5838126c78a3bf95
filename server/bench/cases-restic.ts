/** A full into a restic repository, and back. */
import { copyFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileName, isSameContent } from "../drivers/testing/disks";
import { RESTIC_PASSWORD, resticDatastoreXml } from "../drivers/testing/restic-fixture";
import { type Case, compete } from "./case";
import { baseDisk } from "./chain";
import {
  type Bench,
  type BenchVm,
  backupArgv,
  clear,
  documentOf,
  driver,
  makeVm,
  preBackup,
  script,
  UPSTREAM_FULL,
  warm,
} from "./contestants";
import type { Contestant } from "./measure";

/** $1 password file, $2 repository, $3 file. */
const BARE_BACKUP = `
export RESTIC_PASSWORD_FILE=$1
restic -q init --repo "$2" >/dev/null
restic -q backup --repo "$2" --force "$3"
sync -f "$2"
`;
/** $1 password file, $2 repository, $3 stored path, $4 target. */
const BARE_RESTORE = `
restic --password-file "$1" -q dump --repo "$2" latest "$3" >"$4"
sync "$4"
`;
/** The same; $4 is the disk, which is converted into $3 first. */
const UPSTREAM_BACKUP = `${UPSTREAM_FULL.replaceAll('"$1"', '"$4"').replaceAll('"$2"', '"$3"')}${BARE_BACKUP}`;

const datastore = (bench: Bench, vm: BenchVm) => resticDatastoreXml(vm.repository, bench.dir);
const image = (vmId: number, id: string) =>
  `<IMAGE><ID>9</ID><SOURCE>${id}</SOURCE><VMS><ID>${vmId}</ID></VMS><BACKUP_INCREMENTS><INCREMENT><ID>0</ID><PARENT_ID>-1</PARENT_ID><SOURCE>${id}</SOURCE><TYPE>FULL</TYPE></INCREMENT></BACKUP_INCREMENTS></IMAGE>`;
const data = (children: string) => `<DS_DRIVER_ACTION_DATA>${children}</DS_DRIVER_ACTION_DATA>`;

/** Pre-backup and upload; answers the id of the backup. */
async function backUp(bench: Bench, vm: BenchVm): Promise<string> {
  await preBackup(bench, vm, -1).run();
  const document = data(`${datastore(bench, vm)}${documentOf(vm, -1)}`);
  return (await driver(bench, "datastore/restic/backup", backupArgv(vm), document)).split(" ")[0] ?? "";
}

async function download(bench: Bench, vm: BenchVm, url: string, out: string): Promise<void> {
  await driver(bench, "downloader/restic", [url, out, "qcow2"], data(datastore(bench, vm)));
}

async function urlOf(bench: Bench, vm: BenchVm, id: string): Promise<string> {
  const document = data(`${image(vm.vmId, id)}${datastore(bench, vm)}`);
  const urls: unknown = JSON.parse(await driver(bench, "datastore/restic/ls", ["-i", "-1"], document));
  return typeof urls === "object" && urls !== null && "0" in urls ? String(urls[0]) : "";
}

interface ResticVm {
  vm: BenchVm;
  password: string;
  /** Paths for the other contestants. */
  repository: string;
  staged: string;
}

async function prepare(bench: Bench, vmId: number): Promise<ResticVm> {
  const vm = await makeVm(bench, vmId);
  await copyFile(await baseDisk(bench), vm.disk);
  await warm(vm.disk);
  const password = path.join(bench.dir, "restic-password");
  await writeFile(password, RESTIC_PASSWORD);
  return {
    vm,
    password,
    repository: path.join(bench.dir, "restic-bare"),
    staged: path.join(bench.dir, "restic-staged"),
  };
}

export const resticBackup: Case = {
  name: "full-restic",
  measure: async (bench) => {
    const { vm, password, repository, staged } = await prepare(bench, 30);
    let id = "";
    const ours: Contestant = {
      reset: () => clear([path.join(vm.vmDir, "backup"), path.join(vm.repository, String(vm.vmId))]),
      run: async () => {
        id = await backUp(bench, vm);
      },
    };
    const timing = await compete(bench, ours, script(BARE_BACKUP, [password, repository, vm.disk], [repository]), {
      "convert -m 4 + restic": script(UPSTREAM_BACKUP, [password, repository, staged, vm.disk], [repository, staged]),
    });
    const out = path.join(bench.dir, "restic-out");
    await download(bench, vm, await urlOf(bench, vm, id), out);
    const isRight = await isSameContent(fileName(vm.disk), fileName(out));
    const { size: bytes } = await stat(out);
    await clear([vm.vmDir, vm.repository, repository, staged, out]);
    return { name: "full-restic", reference: "restic backup of the disk file", ...timing, bytes, isRight };
  },
};

export const resticRestore: Case = {
  name: "restore-restic",
  measure: async (bench) => {
    const { vm, password, repository } = await prepare(bench, 31);
    const url = await urlOf(bench, vm, await backUp(bench, vm));
    const bare = script(BARE_BACKUP, [password, repository, vm.disk], [repository]);
    await bare.reset();
    await bare.run();
    const [out, dumped] = [path.join(bench.dir, "restic-out"), path.join(bench.dir, "restic-dumped")];
    const ours = { reset: () => clear([out]), run: () => download(bench, vm, url, out) };
    const timing = await compete(
      bench,
      ours,
      script(BARE_RESTORE, [password, repository, vm.disk, dumped], [dumped]),
      {},
    );
    const isRight = await isSameContent(fileName(vm.disk), fileName(out));
    const { size: bytes } = await stat(out);
    await clear([vm.vmDir, vm.repository, repository, out, dumped]);
    return { name: "restore-restic", reference: "restic dump + sync", ...timing, bytes, isRight };
  },
};
