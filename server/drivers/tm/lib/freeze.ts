/**
 * Stopping a running guest's writes while snapshots are taken, on its host and in bash: every exit thaws it.
 *
 * The guard is a process outside the script's group that thaws as soon as its stdin ends. That happens when the script
 * calls `thaw`, and just as well when the script, the connection or Strata is killed with -9 in between.
 */

export type FreezeMethod = "NONE" | "AGENT" | "SUSPEND";

/** Longest time between the end of the script and the last try to thaw, seconds. */
const THAW_S = 30;

/** An agent that runs answers at once. libvirt itself would wait for one that does not for ever, seconds. */
const PING_S = 5;
/** Flushing what the guest holds in memory takes its time; a guest that stands still for longer is noticed, seconds. */
const FREEZE_S = 30;

/** $1 URI, $2 domfsthaw or resume, $3 domain. Waits for its stdin to end. */
const GUARD = `
trap "" HUP INT TERM PIPE
read -r _ || :
end=$((SECONDS + ${THAW_S}))
while :; do
  if said=$(virsh -q -c "$1" "$2" "$3" 2>&1 </dev/null); then exit 0; fi
  case $said in *"already running"*|*"failed to get domain"*|*"domain is not running"*) exit 0 ;; esac
  # An agent that is gone takes libvirt some seconds a try.
  if [ "$SECONDS" -ge "$end" ]; then exit 1; fi
  sleep 1
done
`;

/**
 * `freeze <method> <domain>` and `thaw`; the latter fails when the guest could not be thawed, and sets `frozen_ms`. A
 * guest that is not running cannot be frozen. SUSPEND never resumes a guest that something else has paused.
 */
export const FREEZE_FUNCTIONS = `
guard_pid= frozen_ms=0
freeze() {
  local on off uri=\${LIBVIRT_DEFAULT_URI:-qemu:///system}
  case $1 in
    NONE) return 0 ;;
    AGENT) on=domfsfreeze off=domfsthaw ;;
    SUSPEND) on=suspend off=resume ;;
    *) echo "$1 is no way to freeze a guest." >&2; return 1 ;;
  esac
  if [ "$(LC_ALL=C virsh -q -c "$uri" domstate "$2")" != running ]; then echo "The guest $2 is not running." >&2; return 1; fi
  if [ "$1" = AGENT ] && ! virsh -q -c "$uri" qemu-agent-command --timeout ${PING_S} "$2" '{"execute":"guest-ping"}' >/dev/null 2>&1; then
    echo "The agent of the guest $2 does not answer. Install and start qemu-guest-agent in it, or choose another FS_FREEZE." >&2
    return 1
  fi
  exec {guard_fd}> >(exec setsid bash --norc -c '${GUARD}' strata "$uri" "$off" "$2" >/dev/null 2>&1)
  guard_pid=$!
  frozen_at=$(date +%s%3N)
  if ! timeout ${FREEZE_S} virsh -q -c "$uri" "$on" "$2" >/dev/null; then echo "The guest $2 could not be frozen ($on)." >&2; return 1; fi
}
thaw() {
  if [ -z "$guard_pid" ]; then return 0; fi
  exec {guard_fd}>&-
  local failed=
  wait "$guard_pid" || failed=yes
  guard_pid= frozen_ms=$(($(date +%s%3N) - frozen_at))
  if [ -n "$failed" ]; then echo "The guest could not be thawed. Thaw it by hand." >&2; return 1; fi
}
`;
