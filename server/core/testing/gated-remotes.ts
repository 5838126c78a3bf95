import { access, chmod, cp, mkdir, mkdtemp, rm, symlink, watch, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const WAIT_MS = 60_000;

/** Where a held action stops: before it does anything, after it did everything, or when a file appears. */
export type HoldPoint = "before" | "after" | { whenFile: string; below: string };

export interface GatedRemotes {
  dir: string;
  /** The next call of `action` (e.g. `tm/ssh/prebackup`) stops there, until `release` or until it is ended. */
  hold(action: string, at: HoldPoint): Promise<void>;
  /** Wait, bounded, until a held action stands at its point. */
  reached(action: string): Promise<void>;
  release(action: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Our drivers with gates: real executables in a `remotes` folder of their own, so that a test can stop the real work at
 * a chosen moment and cancel or kill it there. A gate in the middle freezes the driver and every process below it.
 * Programs know nothing of it.
 * @param actions that can be held; all others are the real ones
 */
export async function makeGatedRemotes(real: string, actions: readonly string[]): Promise<GatedRemotes> {
  const root = await mkdtemp(join(tmpdir(), "strata-gates-"));
  const dir = join(root, "remotes");
  const gates = join(root, "gates");
  await mkdir(gates);
  await cp(real, dir, { recursive: true, verbatimSymlinks: true });
  await symlink(join(dirname(real), "drivers"), join(root, "drivers"));
  for (const action of actions) {
    const file = join(dir, action);
    await rm(file);
    await writeFile(file, script(join(real, action), gateOf(action)));
    await chmod(file, 0o755);
  }

  function gateOf(action: string): string {
    return join(gates, action.replaceAll("/", "-"));
  }

  return {
    dir,
    async hold(action, at) {
      await rm(`${gateOf(action)}.reached`, { force: true });
      const lines = typeof at === "string" ? [at] : ["file", at.below, at.whenFile];
      await writeFile(`${gateOf(action)}.hold`, `${lines.join("\n")}\n`);
    },
    async reached(action) {
      const file = `${gateOf(action)}.reached`;
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(new Error(`${action} did not reach its gate`)), WAIT_MS);
      const changes = watch(gates, { signal: stop.signal });
      const next = changes[Symbol.asyncIterator]();
      let pending = next.next();
      while (!(await isThere(file))) {
        await pending;
        pending = next.next();
      }
      pending.catch(() => undefined); // ended by us
      clearTimeout(timer);
      stop.abort();
    },
    async release(action) {
      await rm(`${gateOf(action)}.hold`, { force: true });
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

/** Paths here are made by mkdtemp in a folder of ours: they hold nothing that a shell reads. */
function script(real: string, gate: string): string {
  return `#!/bin/bash
real=${real} gate=${gate}
[ -e "$gate.hold" ] || exec "$real" "$@"
{ read -r point; read -r below; read -r name; } < "$gate.hold"
held() { [ -e "$gate.hold" ]; }
tree() { local child; for child in $(pgrep -P "$1"); do tree "$child"; done; echo "$1"; }

if [ "$point" = before ]; then
  trap 'exit 143' TERM
  : > "$gate.reached"
  while held; do sleep 0.05; done
  exec "$real" "$@"
fi
if [ "$point" = after ]; then
  out=$("$real" "$@") || exit
  trap 'exit 143' TERM
  : > "$gate.reached"
  while held; do sleep 0.05; done
  printf '%s\\n' "$out"
  exit 0
fi

exec 3<&0
"$real" "$@" <&3 &
pid=$!
thaw() { kill -CONT $(tree "$pid") 2>/dev/null; }
trap 'thaw; kill -TERM "$pid" 2>/dev/null; wait "$pid"; exit 143' TERM
until [ -n "$(find "$below" -name "$name" -print -quit 2>/dev/null)" ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
# Quicker than we could look: then it stands after its work, which is a moment of that work as well.
# The driver first, so that it does not go on to its next step while its programs are looked for.
kill -STOP "$pid" 2>/dev/null
kill -STOP $(tree "$pid") 2>/dev/null
: > "$gate.reached"
while held; do sleep 0.05; done
thaw
wait "$pid"
`;
}
