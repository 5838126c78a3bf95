/**
 * A backup job of libvirt, from the freeze to its end, held by one script on the host.
 *
 * The script freezes the guest, begins the job of all disks (one call, so one instant), thaws, and then reports every
 * moment how guest, job and free space are. A pull job lasts until we say `stop`; a push job ends by itself.
 *
 * A guard process of its own (recover.ts) waits on a pipe from the script. When the script says `done` it goes; when
 * the pipe ends without that, because script, connection, driver or core was killed, it puts the guest back: a guest
 * whose scratch file nobody watches would run into a full disk sooner or later. A connection that is cut without a word
 * ends no pipe on the host, for as long as TCP tries again; so each report is answered, and a script that hears nothing
 * for SILENCE_S gives up by itself.
 */

import { start } from "../../../../lib/process";
import { guardedScriptOn } from "../../../../lib/ssh";
import { DriverError } from "../../../action";
import { LONG_WORK_MS } from "../../../remote";
import { hypervisorReason, PREAMBLE } from "../../../vmm/lib/virsh";
import { FREEZE_FUNCTIONS, type FreezeMethod } from "../freeze";
import { GUARD, type LiveVm } from "./recover";

/** The guest may be frozen meanwhile: longer than this is a hang, seconds. */
const BEGIN_S = 30;
/** As long as ssh takes to notice the same on our side (ssh.ts), seconds. */
const SILENCE_S = 30;

/**
 * $1 vm_dir, $2 domain, $3 VM id, $4 token, $5 text of the guard, $6 socket folder or empty, $7 freeze method,
 * $8 backup document, $9 checkpoint document or empty, $10 first and longest pause between reports, seconds, $11 that,
 * $12 how many files to make, then their names, sizes and final names, then commands for QEMU's monitor.
 *
 * Reports are lines: `began <ms frozen>`, `poll <free bytes> <base64>`, `ended <base64>`; the last is what libvirt says of
 * the finished job.
 */
const SESSION = `
${FREEZE_FUNCTIONS}
vm_dir=$1 domain=$2 vm_id=$3 token=$4 guard=$5 socket=$6 method=$7 backup=$8 checkpoint=$9
pause=\${10} longest=\${11} files=\${12}; shift 12
export LIBVIRT_DEFAULT_URI=\${uri}
umask 077
work=$vm_dir/backup.live
mkdir -- "$work"
printf '%s' "$token" >"$work/token"
printf '%s' "$backup" >"$work/backup.xml"
printf '%s' "$checkpoint" >"$work/checkpoint.xml"
if [ -n "$socket" ]; then mkdir -m 700 -- "$socket"; printf '%s' "$socket" >"$work/socket"; fi
from=() to=()
while [ "$files" -gt 0 ]; do
  qemu-img create -q -f qcow2 "$1" "$2"
  from+=("$1") to+=("$3")
  shift 3; files=$((files - 1))
done
if [ "$(id -u)" = 0 ] && qemu=$(cat "/run/libvirt/qemu/$domain.pid" 2>/dev/null); then
  owner=$(stat -c %u:%g "/proc/$qemu")
  if [ "$owner" != 0:0 ]; then
    chown -R -- "$owner" "$work" "$vm_dir/backup"
    if [ -n "$socket" ]; then chown -- "$owner" "$socket"; fi
  fi
fi
exec {watched}> >(exec setsid bash --norc -c "$guard" strata "$uri" "$vm_dir" "$domain" "$vm_id" "$token" 300 >/dev/null 2>&1)
if [ "$(state_of "$domain")" != running ]; then echo "error: the guest $domain is not running" >&2; exit 1; fi
case "$(vir domjobinfo --domain "$domain" --rawstats)" in
  *"Job type: 0"* | *"Job type:"*None*) ;;
  *) echo "error: another job runs on the guest $domain, a backup or a migration of another program; try again when it is over" >&2; exit 1 ;;
esac
vir domjobinfo --domain "$domain" --completed >/dev/null 2>&1 || :
if [ "$method" != NONE ]; then printf '%s' "$method" >"$work/frozen"; fi
freeze "$method" "$domain"
begin=(--domain "$domain" --backupxml "$work/backup.xml" --reuse-external)
if [ -n "$checkpoint" ]; then begin+=(--checkpointxml "$work/checkpoint.xml"); fi
if ! timeout ${BEGIN_S} virsh -q -c "$uri" backup-begin "\${begin[@]}" >/dev/null; then
  echo "error: libvirt could not begin the backup of $domain" >&2
  exit 1
fi
thaw
rm -f -- "$work/frozen"
for command in "$@"; do
  answer=$(vir qemu-monitor-command --domain "$domain" "$command")
  case $answer in *'"error":'*) printf 'error: QEMU refuses %s: %s\\n' "$command" "$answer" >&2; exit 1 ;; esac
done
echo "began $frozen_ms"
id=$(vir domid --domain "$domain")
away=0 job=running heard=$SECONDS
while [ "$job" = running ]; do
  if said=$(vir "domstate --domain $id --reason; domjobinfo --domain $id --rawstats" 2>&1); then
    away=0
    case $said in *"Job type: 0"* | *"Job type:"*None*) job=ended ;; esac
  else
    case $said in
      *"failed to get domain"* | *"Domain not found"* | *"domain is not running"*) job=gone ;;
      *) away=$((away + 1)); if [ "$away" -ge 60 ]; then printf '%s\\n' "$said" >&2; exit 1; fi ;;
    esac
  fi
  printf 'poll %s %s\\n' "$(df -B1 --output=avail -- "$work" | tail -n 1 | tr -d ' ')" "$(printf '%s' "$said" | base64 -w0)"
  if [ "$job" = running ]; then
    word=seen
    while [ "$word" = seen ]; do
      word=
      if read -r -t "$pause" word; then
        heard=$SECONDS
        if [ "$word" = stop ]; then job=stopped; fi
      elif [ "$?" -le 128 ]; then exit 1; fi
    done
    if [ "$job" = running ] && [ $((SECONDS - heard)) -ge ${SILENCE_S} ]; then
      echo "error: nothing was heard from Strata for ${SILENCE_S} seconds" >&2
      exit 1
    fi
    if [ "$pause" != "$longest" ] && [ "$away" = 0 ]; then pause=$(awk -v a="$pause" -v b="$longest" 'BEGIN { a *= 1.5; print a < b ? a : b }'); fi
    if [ "$away" -gt 0 ]; then pause=$longest; fi
  fi
done
if [ "$job" = gone ]; then echo "error: the guest $domain went away during its backup" >&2; exit 1; fi
if [ "$job" = ended ] && [ -n "$socket" ]; then echo "error: something else has ended the backup job of $domain" >&2; exit 1; fi
if [ "$job" = stopped ]; then
  vir domjobabort --domain "$domain" >/dev/null
  while vir backup-dumpxml --domain "$domain" >/dev/null 2>&1; do sleep 0.05; done
fi
if [ "$job" = ended ]; then
  for at in "\${!from[@]}"; do mv -T -- "\${from[at]}" "\${to[at]}"; done
fi
said=$(vir domjobinfo --domain "$domain" --completed --rawstats 2>&1 || :)
printf 'ended %s\\n' "$(printf '%s' "$said" | base64 -w0)"
printf 'done\\n' >&"$watched"
`;

/** One report of how things stand. */
export interface Report {
  /** `running`, `paused`, … and libvirt's reason; empty while libvirt does not answer. */
  state: string;
  reason: string;
  doneBytes: number;
  totalBytes: number;
  availableBytes: number;
}

export interface SessionRequest {
  vm: LiveVm;
  /** Unique, and part of a path in the backup document. */
  token: string;
  /** A folder that does not exist, for the socket of a pull job. */
  socketDir: string | null;
  freeze: FreezeMethod;
  backup: string;
  /** Null: nothing records the changes from now on. */
  checkpoint: string | null;
  /** qcow2 files to make before the job begins; a push job's get their final names when it has ended. */
  files: readonly { name: string; bytes: number; finalName: string }[];
  /** For QEMU's monitor, once the job runs. */
  commands: readonly string[];
  /** Told of every report; what it throws ends the session. */
  onReport(report: Report): void;
  signal: AbortSignal;
}

export interface Session {
  /** How long the guest was stopped, ms; null when it was not. */
  frozenMs: number | null;
  /** Resolves when the job has ended well; rejects with the reason otherwise. */
  ended: Promise<void>;
  /** End a pull job; `ended` tells when it is over. */
  stop(): void;
}

const PUSH_FIRST_PAUSE_S = "0.1";
const PAUSE_S = "1";

/**
 * Begin the job. When this rejects, or `ended` does, the guard puts the guest back; wait for it with `recoverLive`.
 * @throws DriverError with libvirt's reason
 */
export async function beginSession(request: SessionRequest): Promise<Session> {
  const { vm, signal, files } = request;
  const failed = new AbortController();
  const args = [
    vm.at.uri,
    vm.vmDir,
    vm.domain,
    String(vm.vmId),
    request.token,
    GUARD,
    request.socketDir ?? "",
    request.freeze,
    request.backup,
    request.checkpoint ?? "",
    request.socketDir === null ? PUSH_FIRST_PAUSE_S : PAUSE_S,
    PAUSE_S,
    String(files.length),
    ...files.flatMap(({ name, bytes, finalName }) => [name, String(bytes), finalName]),
    ...request.commands,
  ];
  const child = start(guardedScriptOn(vm.at.machine, PREAMBLE + SESSION, args), {
    signal: AbortSignal.any([signal, failed.signal]),
    holdStdin: true,
    timeoutMs: LONG_WORK_MS,
  });
  const lines = child.lines()[Symbol.asyncIterator]();

  /** Why the script ended without its last word. */
  const whyEnded = async (what: string): Promise<DriverError> => {
    child.end();
    return new DriverError(hypervisorReason(await child.done, vm.at, what));
  };
  const first = await lines.next();
  const began = first.done === true ? undefined : /^began (\d+)$/.exec(first.value)?.[1];
  if (began === undefined) throw await whyEnded(`begin the backup of ${vm.domain}`);

  const follow = async (): Promise<void> => {
    while (true) {
      const { value: line, done } = await lines.next();
      if (done === true) throw await whyEnded(`follow the backup of ${vm.domain}`);
      const [word, ...rest] = line.split(" ");
      if (word === "poll") {
        try {
          request.onReport(parseReport(Number(rest[0]), decode(rest[1])));
          child.write("seen\n");
        } catch (error) {
          failed.abort();
          await child.done;
          throw error;
        }
      }
      if (word === "ended") {
        child.end();
        await child.done;
        // A pull job is over when we say so, and then libvirt calls it cancelled.
        if (request.socketDir === null) throwIfJobFailed(decode(rest[0]), vm.domain);
        return;
      }
    }
  };
  const ended = follow();
  // Whoever copies meanwhile may look at it late.
  ended.catch(() => undefined);
  return {
    frozenMs: request.freeze === "NONE" ? null : Number(began),
    ended,
    stop: () => child.write("stop\n"),
  };
}

function decode(word: string | undefined): string {
  return Buffer.from(word ?? "", "base64").toString("utf8");
}

function parseReport(availableBytes: number, text: string): Report {
  const [, state = "", reason = ""] = /^(running|paused|[a-z ]+) \(([^)]*)\)$/m.exec(text) ?? [];
  const bytes = (name: string) => Number(new RegExp(`^disk_${name}: *(\\d+)`, "m").exec(text)?.[1] ?? 0);
  return { state, reason, availableBytes, doneBytes: bytes("processed"), totalBytes: bytes("total") };
}

function throwIfJobFailed(text: string, domain: string): void {
  if (/^Job type: +(3|Completed)\b/m.test(text) && !/^success: *0/m.test(text)) return;
  const [, words] = /^(?:Error message|errmsg): *(.+)$/m.exec(text) ?? [];
  const reason = words ?? "libvirt gives no reason";
  if (/No space left|Disk quota exceeded/i.test(reason)) {
    throw new DriverError(
      `The backup of ${domain} failed: no space left on the datastore of its host. Free space there.`,
    );
  }
  throw new DriverError(`The backup of ${domain} failed: ${reason}.`);
}
