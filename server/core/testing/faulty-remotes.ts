import {
  appendFile,
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

/** Not killed: they run by themselves, at any time, and belong to no operation. */
const BY_ITSELF = /\/(monitor|poll|test)$/;
const FAMILIES = ["datastore", "tm", "vmm"];

/** When a driver dies: before it does anything, after all its work and before it says so, or after some seconds. */
export type DriverDeath = "before" | "after" | { afterSeconds: number };

/** The folder by which a test tells programs to die, and learns what they did. */
export interface Faults {
  remotesDir: string;
  /** For `faultDir` of core-process.ts. */
  dir: string;
  /** The next core that is at `moment` (`<kind> <step> before`) dies there; `any`: at its next step. */
  killCoreAt(moment: string): Promise<void>;
  /** The next call of `action` (`tm/ssh/prebackup`), or of any, is killed with what it has started. */
  killDriver(action: string, death: DriverDeath): Promise<void>;
  /** Nothing dies any more. True when something was still armed. */
  disarm(): Promise<boolean>;
  /** Moments of steps and calls of drivers since the last `forget`. */
  steps(): Promise<string[]>;
  calls(): Promise<string[]>;
  forget(): Promise<void>;
}

/**
 * Our drivers, each behind a program that can be told to die with it, and a hypervisor driver `dummy`, whose guests are
 * files: what the core does around a guest can be tried without one. Real guests: the tests of `drivers/vmm/kvm`.
 * @param root a folder that exists and is empty; its name holds nothing that a shell reads
 */
export async function makeFaultyRemotes(real: string, root: string): Promise<Faults> {
  const dir = join(root, "faults");
  const remotesDir = join(root, "remotes");
  await mkdir(join(dir, "guests"), { recursive: true });
  await cp(real, remotesDir, { recursive: true, verbatimSymlinks: true });
  await symlink(join(dirname(real), "drivers"), join(root, "drivers"));
  for (const action of await actionsBelow(remotesDir)) {
    if (BY_ITSELF.test(action)) continue;
    await rm(join(remotesDir, action));
    await program(join(remotesDir, action), mortal(join(real, action), dir, action));
  }
  await mkdir(join(remotesDir, "vmm/dummy"));
  for (const [action, body] of Object.entries(DUMMY)) {
    const name = `vmm/dummy/${action}`;
    const inner = join(root, `dummy-${action}`);
    await program(inner, `#!/bin/bash\nset -eu\nguests=${join(dir, "guests")}\n${body}\n`);
    await program(
      join(remotesDir, name),
      BY_ITSELF.test(name) ? `#!/bin/bash\nexec ${inner}\n` : mortal(inner, dir, name),
    );
  }

  const lines = async (name: string) =>
    (await readFile(join(dir, name), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  const put = async (name: string, content: string) => {
    await writeFile(join(dir, `${name}.new`), content);
    await rename(join(dir, `${name}.new`), join(dir, name));
  };
  return {
    remotesDir,
    dir,
    killCoreAt: (moment) => put("core", moment),
    killDriver: (action, death) =>
      put(gateOf(action), typeof death === "string" ? `${death} 0\n` : `during ${death.afterSeconds}\n`),
    async disarm() {
      const armed = (await readdir(dir)).filter((name) => name === "core" || name.startsWith("driver-"));
      for (const name of armed) await rm(join(dir, name), { force: true });
      return armed.length > 0;
    },
    steps: () => lines("steps"),
    calls: () => lines("calls"),
    async forget() {
      for (const name of ["steps", "calls"]) await rm(join(dir, name), { force: true });
      await appendFile(join(dir, "calls"), "");
    },
  };
}

function gateOf(action: string): string {
  return `driver-${action.replaceAll("/", "-")}`;
}

async function program(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}

/** `<family>/<driver>/<action>` of every driver of ours that the core calls. */
async function actionsBelow(remotesDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const family of FAMILIES) {
    for (const driver of await readdir(join(remotesDir, family))) {
      for (const action of await readdir(join(remotesDir, family, driver))) {
        const name = `${family}/${driver}/${action}`;
        if ((await lstat(join(remotesDir, name))).isSymbolicLink()) found.push(name);
      }
    }
  }
  return found;
}

/** Only one call takes an order: `mv` of one file succeeds once. */
function mortal(real: string, dir: string, action: string): string {
  return `#!/bin/bash
real=${real} dir=${dir}
echo ${action} >> "$dir/calls"
for gate in ${gateOf(action)} driver-any; do
  [ -e "$dir/$gate" ] && mv "$dir/$gate" "$dir/taken.$$" 2>/dev/null || continue
  read -r when seconds < "$dir/taken.$$"; rm -f "$dir/taken.$$"
  case $when in
    before) kill -9 $$ ;;
    after) "$real" "$@" > /dev/null; kill -9 $$ ;;
  esac
  exec 3<&0
  "$real" "$@" <&3 &
  pid=$!
  sleep "$seconds"
  kill -9 "$pid" 2>/dev/null
  kill -9 $$
done
exec "$real" "$@"
`;
}

/** Each can be repeated, as docs/drivers.md asks of a vmm driver. */
const DUMMY: Readonly<Record<string, string>> = {
  deploy: `cat > /dev/null; echo running > "$guests/one-$3"; echo dummy-uuid`,
  start: `echo running > "$guests/$1"; echo dummy-uuid`,
  shutdown: `rm -f "$guests/$1"`,
  cancel: `rm -f "$guests/$1"`,
  reboot: `[ -e "$guests/$1" ]`,
  poll: `out=; for file in "$guests"/one-*; do
  if [ -e "$file" ]; then out="$out\${out:+,}{\\"name\\":\\"\${file##*/}\\",\\"state\\":\\"running\\"}"; fi
done
echo "{\\"domains\\":[$out]}"`,
  test: `echo "acceleration ok kvm dummy"`,
  attach_disk: `cat > /dev/null; [ -e "$2" ]; touch "$guests/disk-$1-$3"`,
  detach_disk: `rm -f "$guests/disk-$1-$3"`,
  snapshot_create: `touch "$guests/snap-$1-snap-$2"; echo "snap-$2"`,
  snapshot_revert: `[ -e "$guests/snap-$1-$2" ]`,
  snapshot_delete: `rm -f "$guests/snap-$1-$2"`,
};
