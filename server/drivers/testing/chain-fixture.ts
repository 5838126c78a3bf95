/** A guest disk over time: staged qcow2 files as a tm driver leaves them, and the raw content each point must restore. */
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../../lib/process";

const TOOL_MS = 60_000;
export const DISK_MIB = 64;

async function tool(...argv: [string, ...string[]]): Promise<void> {
  const result = await run(argv, { timeoutMs: TOOL_MS });
  if (!result.ok) throw new Error(`${argv.join(" ")}: ${result.spawnError ?? result.stderr}${result.stdout}`);
}

/** Writes of one point: qemu-io commands that make the increment and the expected content alike. */
const WRITES: readonly (readonly string[])[] = [
  ["write -P 0x11 0 8M", "write -P 0x22 16M 4M", "write -P 0x33 40M 1M"],
  ["write -P 0x44 1M 64k", "write -z 16M 1M", "write -P 0x55 63M 1M"],
  ["write -P 0x66 1088k 64k", "write -P 0x77 50M 128k"],
];
export const POINTS = WRITES.length;

export interface ChainFixture {
  /** `<vm_dir>` whose `backup` folder `stage` fills. */
  vmDir: string;
  /** Fill the staging folder with point `index` (0 is the full); what was there before is removed. */
  stage(index: number): Promise<void>;
  /** Raw file with the content at point `index`. */
  expected(index: number): string;
}

/** vm.xml as tm drivers write it: base64 with line breaks. */
export function vmXmlFile(vmId: number): string {
  const xml = `<VM><ID>${vmId}</ID><TEMPLATE><DISK><DISK_ID>0</DISK_ID><SIZE>${DISK_MIB}</SIZE></DISK></TEMPLATE></VM>`;
  return `${Buffer.from(xml).toString("base64").replaceAll(/.{76}/g, "$&\n")}\n`;
}

/**
 * @param isReference increments as upstream makes them: with a dangling NBD name as backing file
 */
export async function makeChain(
  dir: string,
  vmId: number,
  options: { vmDir?: string; isReference?: boolean } = {},
): Promise<ChainFixture> {
  const vmDir = options.vmDir ?? path.join(dir, "vm");
  const staging = path.join(vmDir, "backup");
  await mkdir(path.join(dir, "expected"), { recursive: true });
  const expected = (index: number) => path.join(dir, "expected", `${index}.raw`);
  for (const [index, writes] of WRITES.entries()) {
    if (index === 0) await tool("qemu-img", "create", "-q", "-f", "raw", expected(0), `${DISK_MIB}M`);
    else await copyFile(expected(index - 1), expected(index));
    await tool("qemu-io", "-f", "raw", ...writes.flatMap((write) => ["-c", write]), expected(index));
  }
  return {
    vmDir,
    expected,
    stage: async (index) => {
      await rm(staging, { recursive: true, force: true });
      await mkdir(staging, { recursive: true });
      const file = path.join(staging, `disk.0.${index}`);
      await tool("qemu-img", "create", "-q", "-f", "qcow2", file, `${DISK_MIB}M`);
      const writes = WRITES[index] ?? [];
      await tool("qemu-io", "-f", "qcow2", ...writes.flatMap((write) => ["-c", write]), file);
      if (options.isReference === true && index > 0) {
        await tool("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "nbd+unix:///?socket=/nowhere", file);
      }
      await writeFile(path.join(staging, "vm.xml"), vmXmlFile(vmId));
    },
  };
}

/** Whether two disk images have the same content and the same guest-visible size. */
export async function sameContent(a: string, formatA: string, b: string, formatB: string): Promise<boolean> {
  const argv = ["qemu-img", "compare", "-f", formatA, "-F", formatB, a, b] as const;
  const result = await run(argv, { timeoutMs: TOOL_MS });
  if (result.exitCode !== 0 && result.exitCode !== 1) throw new Error(`qemu-img compare: ${result.stderr}`);
  // Without -s, images of different size are alike when the rest is zero; with it, allocation counts too.
  return result.exitCode === 0 && !/different size/i.test(result.stdout + result.stderr);
}
