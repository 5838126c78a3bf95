/**
 * A chain on a backup server as a local unix socket: the server runs qemu-nbd read-only on a socket in a folder of its
 * own, and the same ssh connection forwards it. One hop, no temporary copy, and when the connection ends, so does
 * everything on the server.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Argv, start } from "../../lib/process";
import { guardedScriptOn } from "../../lib/ssh";
import { DriverError } from "../action";
import { limitedScript } from "../datastore/limited";
import type { Repository } from "../datastore/rsync/repository";
import { explain, LONG_WORK_MS } from "../remote";

/** $1 = folder to make, $2 = image. qemu-nbd makes its socket when it is ready; it is waited for 20 s at most. */
const EXPORT = `
umask 077
dir=$1
pid=
made=
finish() {
  trap - EXIT
  trap '' TERM INT HUP PIPE
  # Told again until it is gone: a signal before its exec is lost, and pid may not be set yet.
  pid=$!
  if [ -n "$pid" ]; then while kill -TERM "$pid" 2>/dev/null; do sleep 0.05; done; fi
  if [ -n "$made" ] && [ -O "$dir" ]; then rm -rf -- "$dir"; fi
}
trap finish EXIT
trap 'exit 143' TERM INT HUP PIPE
made=yes # before it is true: a signal may come in between
mkdir -- "$dir" || exit 1
qemu-nbd --read-only --persistent --shared=4 --socket="$dir/nbd" -- "$2" </dev/null &
pid=$!
for _ in {1..200}; do
  if [ -S "$dir/nbd" ]; then break; fi
  kill -0 "$pid" 2>/dev/null || exit 1
  sleep 0.1
done
[ -S "$dir/nbd" ] || exit 1
echo ready
wait "$pid"
`;
/** Limit of a unix socket path, less its terminating NUL. */
const MAX_SOCKET_PATH = 107;
/** Between TERM and KILL: the remote side has to remove its folder first. */
const STOP_GRACE_MS = 8_000;

/**
 * Export `node` on the backup server while `use` runs with the path of the local socket.
 * @throws DriverError when the export cannot be started, and whatever `use` throws
 */
export async function withExport(
  { server, tmpDir, limits, basePath }: Pick<Repository, "server" | "tmpDir" | "limits" | "basePath">,
  node: object,
  signal: AbortSignal,
  use: (socket: string, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const remoteDir = `${tmpDir}/strata-nbd-${randomBytes(8).toString("hex")}`;
  const localDir = await mkdtemp(path.join(tmpdir(), "strata-nbd-"));
  const localSocket = path.join(localDir, "nbd");
  const tooLong = [`${remoteDir}/nbd`, localSocket].find((socket) => Buffer.byteLength(socket) > MAX_SOCKET_PATH);
  const stop = new AbortController();
  try {
    if (tooLong !== undefined) throw new DriverError(`The socket path ${tooLong} is too long; set a shorter folder.`);
    if (remoteDir.includes(":")) throw new DriverError("RSYNC_TMP_DIR must not contain a colon.");
    const words = [remoteDir, `json:${JSON.stringify(node)}`];
    const limited = limitedScript(limits(basePath), EXPORT, words);
    const script = guardedScriptOn(server, limited.script, limited.args);
    const child = start(withForward(script, localSocket, `${remoteDir}/nbd`), {
      signal: AbortSignal.any([signal, stop.signal]),
      timeoutMs: LONG_WORK_MS,
      termGraceMs: STOP_GRACE_MS,
    });
    try {
      const first = await child.lines()[Symbol.asyncIterator]().next();
      if (first.done === true || first.value !== "ready") {
        const result = await child.done;
        throw new DriverError(explain(result, server, "backup server", "export the chain with qemu-nbd"));
      }
      // A broken connection must end the reader too: it would wait for the socket for ever.
      const lost = new AbortController();
      void child.done.then(() => lost.abort());
      try {
        await use(localSocket, AbortSignal.any([signal, lost.signal]));
      } catch (error) {
        if (!lost.signal.aborted || signal.aborted) throw error;
        throw new DriverError(`The connection to the backup server ${server.host} was lost while reading the chain.`);
      }
    } finally {
      // The end of stdin is the request to stop; the guard on the server then ends qemu-nbd and its folder goes.
      child.end();
      await child.done;
    }
  } finally {
    stop.abort();
    await rm(localDir, { recursive: true, force: true });
  }
}

/** Add the forwarding to an ssh command; a shared master connection would outlive ours. */
function withForward([ssh, ...rest]: Argv, local: string, remote: string): Argv {
  const options = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "ExitOnForwardFailure=yes"];
  return [ssh, ...options, "-L", `${local}:${remote}`, ...rest];
}
