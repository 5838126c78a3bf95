/** One line for each entry of a repository: how `list` reads a folder that may hold anything. */
import type { RepositoryEntry } from "../../../domain/orphan";
import { DriverError, oneLine } from "../../action";

export const LIST_MAX_BYTES = 32 * 1024 * 1024;

/**
 * `show <vm id or -> <path>` prints folder of the VM or `-`, name as base64, bytes, epoch second of the newest change.
 * Anything that cannot be read fails the whole listing: what is left out would be taken for missing.
 */
export const SHOW_FUNCTION = `
set -eu -o pipefail
shopt -s nullglob dotglob
show() {
  facts=$(find "$2" -printf '%y %s %T@\\n' | awk '$1 == "f" { bytes += $2 } { if ($3 + 0 > newest) newest = $3 + 0 } END { printf "%.0f %.0f", bytes, int(newest) }')
  printf '%s %s %s\\n' "$1" "$(basename -- "$2" | base64 -w 0)" "$facts"
}
`;

/**
 * The facts of a line that `show` has printed.
 * @throws DriverError when it is not one
 */
export function parseShown(line: string): Pick<RepositoryEntry, "vmId" | "name" | "modifiedAt"> & { bytes: number } {
  const [, vm = "-", encoded = "", bytes = "0", modified = "0"] =
    /^(-|\d{1,10}) ([A-Za-z0-9+/=]+) (\d+) (\d+)$/.exec(line) ?? [];
  if (encoded === "") throw new DriverError(`The listing has a line that cannot be understood: ${line.slice(0, 100)}`);
  const name = oneLine(Buffer.from(encoded, "base64").toString("utf8").replace(/\n$/, "")).slice(0, 255) || "(no name)";
  return { vmId: vm === "-" ? null : Number(vm), name, bytes: Number(bytes), modifiedAt: Number(modified) };
}
