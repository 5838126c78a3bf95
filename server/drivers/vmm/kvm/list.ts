/**
 * `list <host> [<libvirt URI>]` (ours) → JSON `{"domains":[…]}`: every domain of a host with its disks and NICs, for an
 * import. What cannot be read has `"error"` and its UUID only; one odd domain must not hide the others.
 */
import { defineAction } from "../../action";
import { parseHypervisor } from "../lib/arguments";
import { isActive } from "../lib/domain";
import { readDomain } from "../lib/domain-info";
import { onHypervisor } from "../lib/virsh";

const LIST_MS = 110_000;
const MAX_OUTPUT = 32 * 1024 * 1024;

/** A line a domain: UUID, persistent or transient, then state, XML and sizes in base64. */
const LIST = `
uuids=$(vir list --all --uuid)
for uuid in $uuids; do
  state=$(state_of "$uuid")
  if [ "$state" = missing ]; then continue; fi
  if is_persistent "$uuid"; then kind=persistent; else kind=transient; fi
  xml=$(vir dumpxml --domain "$uuid" | base64 -w0) || continue
  sizes=$({ vir domblkinfo --domain "$uuid" --all 2>/dev/null || true; } | base64 -w0)
  echo "$uuid $kind $(printf %s "$state" | base64 -w0) $xml $sizes."
done
`;

export const action = defineAction({
  stdin: "none",
  async run({ argv, signal, log }) {
    const at = parseHypervisor(argv[0], argv[1]);
    const options = { signal, timeoutMs: LIST_MS, maxOutputBytes: MAX_OUTPUT };
    const output = await onHypervisor(at, "list the domains", LIST, [], options);
    const domains = output
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => {
        try {
          return parseLine(line);
        } catch (error) {
          const uuid = line.split(" ")[0] ?? "";
          log.warn(`domain ${uuid} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
          return { uuid, error: "libvirt's description of this domain cannot be read." };
        }
      });
    return JSON.stringify({ domains });
  },
});

function parseLine(line: string) {
  const [, kind = "", state = "", xml = "", sizes = ""] = line.split(" ");
  const domain = readDomain(decode(xml));
  const bytes = sizesOf(decode(sizes.replace(/\.$/, "")));
  const word = decode(state);
  return {
    name: domain.name,
    uuid: domain.uuid,
    state: isActive(word) ? (word === "paused" ? "paused" : "running") : "off",
    isPersistent: kind === "persistent",
    cpus: domain.vcpus,
    memoryMib: domain.memoryMib,
    machine: domain.machine,
    arch: domain.arch,
    hasAgent: domain.hasAgent,
    disks: domain.disks.map((disk) => ({ ...disk, bytes: bytes.get(disk.target) ?? null })),
    nics: domain.nics,
  };
}

/** `virsh domblkinfo --all`: target, capacity, allocation, physical; `-` where it is not known. */
function sizesOf(text: string): Map<string, number> {
  const rows = text.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.flatMap(([target = "", capacity = ""]): [string, number][] =>
      /^\d{1,18}$/.test(capacity) ? [[target, Number(capacity)]] : [],
    ),
  );
}

function decode(word: string): string {
  return Buffer.from(word, "base64").toString("utf8");
}
