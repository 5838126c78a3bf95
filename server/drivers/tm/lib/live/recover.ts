/**
 * Putting a guest back as it was, whatever a live backup left: thawed, without a backup job, not paused by a full disk.
 *
 * The same script runs in three places: at the end of every pre-backup and in post-backup; before a new backup begins,
 * after the core was killed; and as the guard of a session (session.ts), on the host, when the session is killed.
 */
import { CLEANUP_MS } from "../../../remote";
import type { Hypervisor } from "../../../vmm/lib/arguments";
import { onHypervisor, PREAMBLE } from "../../../vmm/lib/virsh";

/**
 * $1 vm_dir, $2 domain, $3 VM id, $4 token of the session or nothing for any, $5 how often libvirt is asked.
 *
 * `<vm_dir>/backup.live` says what there may be to undo: `token`, which is part of a path in the job's document, so that a
 * backup of another program is left alone; `frozen` while the guest is; `socket`, a folder below /tmp. Without the folder
 * there is nothing to do. It is kept when libvirt does not answer, and removed last.
 */
const RECOVER = `
vm_dir=$1 domain=$2 vm_id=$3 token=$4 tries=$5
work=$vm_dir/backup.live
if [ ! -d "$work" ]; then exit 0; fi
mine=$(cat -- "$work/token" 2>/dev/null || :)
if [ -n "$token" ] && [ "$mine" != "$token" ]; then exit 0; fi
until state=$(state_of "$domain" 2>&1); do
  tries=$((tries - 1))
  if [ "$tries" -le 0 ]; then printf '%s\\n' "$state" >&2; exit 1; fi
  sleep 1
done
is_ours() {
  local job
  job=$(vir backup-dumpxml --domain "$domain" 2>/dev/null) || return 1
  case $job in *"$mine"*) return 0 ;; *) return 1 ;; esac
}
case $state in
  missing | "shut off" | crashed) ;;
  *)
    case "$(cat -- "$work/frozen" 2>/dev/null || :)" in
      AGENT)
        if vir domfsthaw --domain "$domain" >/dev/null 2>&1; then echo thawed
        else echo "left with frozen file systems, because its agent does not answer: thaw it by hand"; fi ;;
      SUSPEND) if [ "$state" = paused ] && vir resume --domain "$domain" >/dev/null; then echo resumed; fi ;;
    esac
    rm -f -- "$work/frozen"
    if [ -n "$mine" ] && is_ours; then
      vir domjobabort --domain "$domain" >/dev/null 2>&1 || :
      n=0
      while [ "$n" -lt 100 ] && is_ours; do sleep 0.1; n=$((n + 1)); done
      echo aborted
    fi
    case "$(vir domstate --domain "$domain" --reason)" in
      "paused (I/O error)") vir resume --domain "$domain" >/dev/null; echo "resumed after an I/O error" ;;
    esac
    # The guard may be at it as well: what is gone already is fine.
    names=$(vir checkpoint-list --domain "$domain" --name || :)
    while IFS= read -r name; do
      case $name in
        "one-$vm_id-"[0-9]*)
          vir checkpoint-delete --domain "$domain" --checkpointname "$name" --metadata </dev/null >/dev/null 2>&1 || : ;;
      esac
    done <<<"$names" ;;
esac
socket=$(cat -- "$work/socket" 2>/dev/null || :)
case $socket in
  */*/*/* | *..*) ;;
  /tmp/strata-*) rm -rf -- "$socket" ;;
esac
rm -rf -- "$work"
`;

/** Words: URI, then those of RECOVER. Does it unless its stdin says `done` first; its end says that the session is gone. */
export const GUARD = `
trap "" HUP INT TERM PIPE
read -r word || word=
if [ "$word" = done ]; then exit 0; fi
exec </dev/null
${PREAMBLE}${RECOVER}
`;

export interface LiveVm {
  at: Hypervisor;
  /** Name of the libvirt domain. */
  domain: string;
  vmDir: string;
  vmId: number;
}

/**
 * Undo what a live backup of this VM left on its host; nothing to do is the usual case. What was done, for the log.
 * Takes no signal: it is what follows a cancel.
 * @throws DriverError when libvirt does not answer; then it has to be repeated
 */
export async function recoverLive({ at, domain, vmDir, vmId }: LiveVm): Promise<string[]> {
  const args = [vmDir, domain, String(vmId), "", "10"];
  const output = await onHypervisor(at, "put the guest back as it was", RECOVER, args, {
    signal: new AbortController().signal,
    timeoutMs: CLEANUP_MS,
  });
  return output.split("\n").filter((line) => line !== "");
}
