/** The fixed shell text of transfer.ts. Values only come in as positional parameters. */
import { HostAddress, UnixUser } from "../../../domain/datastore";
import { BASH, type Machine, quote } from "../../../lib/ssh";
import { DIRECT_FUNCTION } from "../../direct";
import { FLUSH_FUNCTION } from "../../flush";

const HASH_FUNCTION = `
digest() {
  local line
  if command -v openssl >/dev/null 2>&1; then line=$(openssl dgst -sha256 -r); else line=$(sha256sum); fi
  echo "$1 \${line%% *}"
}
`;

/**
 * tee, in blocks of 256 KiB and through pipes of 1 MiB (1031 is F_SETPIPE_SZ, and may be refused): the tee of coreutils
 * moves 8 KiB at a time, which costs more CPU than cipher and checksum together. perl is not everywhere, so tee stays.
 * Like tee with --output-error=exit, the first write that fails ends it.
 */
const DUPLICATE_FUNCTION = `
duplicate() {
  if ! command -v perl >/dev/null 2>&1; then tee --output-error=exit -- "$1"; return; fi
  perl -e '
    open(my $copy, ">", $ARGV[0]) or die "$ARGV[0]: $!\\n";
    fcntl($_, 1031, 1 << 20) for (*STDIN, *STDOUT, $copy);
    while (1) {
      my $count = sysread(STDIN, my $block, 1 << 18);
      if (!defined $count) { next if $! == 4; die "read: $!\\n"; }
      last if $count == 0;
      for my $to ($copy, *STDOUT) {
        for (my $at = 0; $at < $count; ) {
          my $written = syswrite($to, $block, $count - $at, $at);
          if (!defined $written) { next if $! == 4; die "$ARGV[0]: $!\\n"; }
          $at += $written;
        }
      }
    }
    close($copy) or die "$ARGV[0]: $!\\n";
  ' -- "$1"
}
`;

/**
 * On a host whose ssh needs a configuration file of its own, its sshd sets STRATA_SSH_CONFIG for the session.
 * $1 = file to send, when it can be read here, else empty; $2 = number of words of the reader; then the reader, then the
 * receiver.
 *
 * A file that fits into the page cache is read twice, by the receiver's side and by the digest: two readers cost less CPU
 * than one and two pipes. A larger one would come from the disk twice, so it goes through `duplicate`. There fd 6 is the
 * pipe to the receiver, so that `duplicate` feeds it and the digest, and pipefail sees all of them.
 */
export const STREAM_SCRIPT = `
set -o pipefail
${HASH_FUNCTION}${DUPLICATE_FUNCTION}
source=$1 count=$2; shift 2
reader=("\${@:1:count}")
receiver=("\${@:count+1}")
if [ "\${receiver[0]}" = ssh ] && [ "\${receiver[1]}" != -F ] && [ -n "\${STRATA_SSH_CONFIG:-}" ]; then
  receiver=(ssh -F "$STRATA_SSH_CONFIG" "\${receiver[@]:1}")
fi
exec 3>&1
is_cached() {
  local bytes available
  bytes=$(stat -L -c %s -- "$1") && available=$(awk '/^MemAvailable:/ { printf "%.0f", $2 * 512 }' /proc/meminfo) &&
    [ "$bytes" -lt "\${available:-0}" ]
}
if [ -z "$source" ] || ! is_cached "$source" 2>/dev/null; then
  { "\${reader[@]}" | duplicate /dev/fd/6 | digest sent >&3; } 6>&1 | "\${receiver[@]}" >&3
  exit
fi
"\${receiver[@]}" <"$source" >&3 &
sending=$!
digest sent <"$source" >&3 &
hashing=$!
# Where the sender is in its file, in the words of dd.
follow() { while sleep 0.5 >/dev/null && read -r _ at <"/proc/$sending/fdinfo/0"; do echo "$at bytes sent"; done; }
follow 3>&- >&2 2>/dev/null &
following=$!
wait "$sending"
code=$?
kill "$following" 2>/dev/null
if [ "$code" != 0 ]; then kill "$hashing" 2>/dev/null; exit "$code"; fi
wait "$hashing"
`;

/** $1 = file to write, $2 = its length, $3 = `hash` to hash what arrives. Prints `stored <bytes> <hash or ->`. */
export const RECEIVE_SCRIPT = `
set -o pipefail
umask 077
${DUPLICATE_FUNCTION}${FLUSH_FUNCTION}${DIRECT_FUNCTION}
# stdin into the file; dd writes a last block that is shorter through the page cache.
if takes_direct "$1"; then
  store() { dd of="$1" bs=1M iflag=fullblock oflag=direct status=none; }
else
  store() { cat > "$1"; }
fi
sum=-
exec 5> >(flush "$1" >/dev/null)
flushing=$!
if [ "$3" = hash ] && command -v openssl >/dev/null 2>&1; then
  # To openssl through fd 6, to the file through stdout: pipefail sees all three.
  sum=$( { { duplicate /dev/fd/6 | store "$1" >&2; } 6>&1 5>&- | openssl dgst -sha256 -r 5>&-; } ) || exit 1
  sum=\${sum%% *}
else
  store "$1" 5>&- || exit 1
fi
exec 5>&-
wait "$flushing" || exit 1
bytes=$(stat -c %s -- "$1") || exit 1
if [ "$bytes" != "$2" ]; then echo "$bytes of $2 bytes of $1 arrived" >&2; exit 1; fi
sync "$1" || exit 1
echo "stored $bytes $sum"
`;

/** $1 = file, $2 = its second name on the same file system. A file system without links gets a copy. */
export const LINK_SCRIPT = `
set -o pipefail
umask 077
${HASH_FUNCTION}
dd if="$1" bs=1M status=progress | digest sent || exit 1
ln -P -- "$1" "$2" 2>/dev/null || cp --reflink=auto --sparse=auto -- "$1" "$2" || exit 1
sync "$2"
`;

export const HASH_SCRIPT = `
set -o pipefail
${HASH_FUNCTION}
dd if="$1" bs=1M status=none | digest sent || exit 1
sync "$1"
`;

/** $1 = rsync's remote shell, empty for a local copy; then rsync's words. */
export const RSYNC_SCRIPT = `
shell=$1; shift
umask 077
if [ -n "$shell" ]; then
  case $shell in
    "ssh -F"*) ;;
    *) if [ -n "\${STRATA_SSH_CONFIG:-}" ]; then shell="ssh -F '$STRATA_SSH_CONFIG'\${shell#ssh}"; fi ;;
  esac
  export RSYNC_RSH=$shell
fi
exec rsync "$@"
`;

/** Fast with AES instructions, and the server's default where they are missing. */
const CIPHERS = "Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com";

/** \`ssh\` as a host runs it towards the backup server: with the host's own configuration and keys, not ours. */
export function nestedSsh(server: Machine, script: string, args: readonly string[]): string[] {
  const port = server.port === undefined ? [] : ["-p", String(server.port)];
  const user = server.user === undefined ? [] : ["-l", UnixUser.parse(server.user)];
  const options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15", "-o", CIPHERS];
  const trust = ["-o", "StrictHostKeyChecking=accept-new"];
  const command = [...BASH, script, "strata", ...args].map(quote).join(" ");
  return ["ssh", ...options, ...trust, ...port, ...user, "--", HostAddress.parse(server.host), command];
}
