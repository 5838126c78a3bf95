/** What qemu-img makes of the stored files: each alone, then each disk's chain as a restore opens it. */
import { run } from "../../../lib/process";
import { guardedScriptOn } from "../../../lib/ssh";
import { DriverError, throwIfCancelled } from "../../action";
import { chainNode } from "../../downloader/chain";
import { explain, LONG_WORK_MS, nameOf } from "../../remote";
import type { Repository } from "./repository";
import { inBatches } from "./verify-batches";
import type { InspectedPoint } from "./verify-inspect";

/**
 * $1 = check|measure, then nodes as json: words. One line a node: `<n> <exit code> <end of its output as base64>`.
 * A hostile file gets no more than this memory (KiB) and processor time (s), and every driver and file is named in the
 * node: no name that is stored in a file is followed.
 */
const QEMU_IMG = `
set -u
command -v qemu-img >/dev/null 2>&1 || { echo "qemu-img: command not found" >&2; exit 1; }
mode=$1; shift
ulimit -c 0
ulimit -v 4194304
ulimit -t 1800
n=0
for node in "$@"; do
  if [ "$mode" = check ]; then out=$(qemu-img check --output=json "$node" 2>&1 </dev/null)
  else out=$(qemu-img measure --output=json -O qcow2 "$node" 2>&1 </dev/null); fi
  code=$?
  echo "$n $code $(printf %s "$out" | tail -c 3000 | base64 -w 0)"
  n=$((n + 1))
done
`;

/** Checked, with nothing wrong or with space that is only wasted. */
const SOUND_CODES = new Set([0, 3]);

interface Checked {
  code: number;
  output: string;
}

/**
 * Problems by increment id, of points that had none so far.
 * @throws DriverError when the server cannot be asked or has no qemu-img
 */
export async function checkStructure(
  repository: Repository,
  points: readonly InspectedPoint[],
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const problems = new Map<number, string>();
  const sound = points.filter((point) => point.problem === null);
  const files = sound.flatMap((point) =>
    point.files.filter((file) => file.diskId !== null).map((file) => ({ point, file })),
  );
  const checks = await qemuImg(
    repository,
    "check",
    files.map(({ file }) => soleNode(file.path)),
    signal,
  );
  for (const [index, { point, file }] of files.entries()) {
    const { code, output } = checks[index] ?? { code: 1, output: "" };
    if (SOUND_CODES.has(code) || problems.has(point.incrementId)) continue;
    problems.set(point.incrementId, `qemu-img finds ${file.name} damaged: ${messageOf(output, code)}`);
  }

  const usable = points.slice(0, firstBad(points, problems));
  const last = usable.at(-1);
  if (last === undefined) return problems;
  const diskIds = last.files.flatMap((file) => file.diskId ?? []);
  const opened = await qemuImg(
    repository,
    "measure",
    diskIds.map((diskId) => `json:${JSON.stringify(chainNode(filesOf(usable, diskId)))}`),
    signal,
  );
  for (const [index, diskId] of diskIds.entries()) {
    const { code, output } = opened[index] ?? { code: 1, output: "" };
    if (code === 0 || problems.has(last.incrementId)) continue;
    problems.set(last.incrementId, `The chain of disk ${diskId} does not open: ${messageOf(output, code)}`);
  }
  return problems;
}

function firstBad(points: readonly InspectedPoint[], problems: ReadonlyMap<number, string>): number {
  const at = points.findIndex((point) => point.problem !== null || problems.has(point.incrementId));
  return at === -1 ? points.length : at;
}

function filesOf(points: readonly InspectedPoint[], diskId: number) {
  return points.flatMap((point) => point.files.filter((file) => file.diskId === diskId));
}

/** One file by itself. */
function soleNode(path: string): string {
  return `json:${JSON.stringify(chainNode([{ path }]))}`;
}

async function qemuImg(
  { server }: Repository,
  mode: "check" | "measure",
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<Checked[]> {
  const checked: Checked[] = [];
  for (const batch of inBatches(nodes)) {
    throwIfCancelled(signal);
    const result = await run(guardedScriptOn(server, QEMU_IMG, [mode, ...batch]), {
      signal,
      holdStdin: true,
      timeoutMs: LONG_WORK_MS,
      maxOutputBytes: 16 * 1024 * 1024,
    });
    throwIfCancelled(signal);
    if (!result.ok) {
      if (/qemu-img: command not found/.test(result.stderr)) {
        throw new DriverError(
          `qemu-img is missing on ${nameOf(server, "backup server")}, so stored disks cannot be checked. Install qemu-utils there.`,
        );
      }
      throw new DriverError(explain(result, server, "backup server", "check the stored disks with qemu-img"));
    }
    const answers = new Map(
      [...result.stdout.matchAll(/^(\d+) (\d+) ([A-Za-z0-9+/=]*)$/gm)].map(([, n, code, output = ""]) => [
        Number(n),
        { code: Number(code), output: Buffer.from(output, "base64").toString("utf8") },
      ]),
    );
    for (const n of batch.keys()) checked.push(answers.get(n) ?? { code: 1, output: "no answer" });
  }
  return checked;
}

/** What qemu-img found, in its own words. */
function messageOf(output: string, code: number): string {
  const counts = /"corruptions":\s*(\d+)/.exec(output)?.[1];
  if (counts !== undefined && counts !== "0") return `${counts} errors in its tables.`;
  const failed = /"check-errors":\s*([1-9]\d*)/.exec(output)?.[1];
  if (failed !== undefined) return `${failed} of its tables cannot be read.`;
  const line = /qemu-img: (.*)/.exec(output)?.[1]?.replace(/'json:.*'/, "the file");
  return (line ?? `exit code ${code}`).slice(0, 400);
}
