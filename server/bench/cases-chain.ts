/** Flatten and verification of a stored chain. */
import { copyFile, mkdir, open, stat } from "node:fs/promises";
import path from "node:path";
import { VerifyAnswer } from "../domain/verification";
import { chainName, fileName, isSameContent } from "../drivers/testing/disks";
import { type Case, compete } from "./case";
import { chainDocument, copyRepository, storedChain } from "./chain";
import { type Bench, type BenchVm, clear, driver, script, storedFiles, UPSTREAM_FLATTEN, warm } from "./contestants";
import { makeRandomFile } from "./fixture";
import type { Contestant } from "./measure";

/** Of the chain, after those that are merged: they must read as before. */
const KEPT = 2;

async function flatten(bench: Bench, vm: BenchVm, ids: readonly string[]): Promise<void> {
  const extra = `<EXTRA_DATA><KEEP_LAST>${KEPT}</KEEP_LAST><FLATTEN_ID>${"f".repeat(24)}</FLATTEN_ID></EXTRA_DATA>`;
  const document = Buffer.from(chainDocument(vm, ids, extra)).toString("base64");
  await driver(bench, "datastore/rsync/increment_flatten", ["9"], document);
}

/** The full and `merged` increments become one file; one more point stays on top of it. */
export function flattenCase(merged: number): Case {
  const name = `flatten-${merged}`;
  return {
    name,
    measure: async (bench) => {
      const { copies } = await storedChain(bench);
      const { vm, ids } = await copyRepository(bench, merged + KEPT);
      const [random, copy, folder, converted] = ["random", "copy", "upstream-flatten", "converted"].map((file) =>
        path.join(bench.dir, file),
      ) as [string, string, string, string];
      const chain = copies.slice(0, merged + 1);
      let bytes = 0;
      for (const file of chain.slice(1)) bytes += (await stat(file)).size;
      await makeRandomFile(random, bytes);
      const ours: Contestant = {
        reset: async () => {
          await copyRepository(bench, merged + KEPT);
        },
        run: () => flatten(bench, vm, ids),
      };
      const upstream = script(
        UPSTREAM_FLATTEN,
        [folder, ...chain.map((_, index) => path.join(folder, String(index)))],
        [],
      );
      const timing = await compete(
        bench,
        ours,
        script('dd if="$1" of="$2" bs=1M conv=fsync status=none', [random, copy], [copy]),
        {
          "rebase + commit": {
            ...upstream,
            reset: async () => {
              await clear([folder]);
              await mkdir(folder);
              for (const [index, file] of chain.entries()) await copyFile(file, path.join(folder, String(index)));
              await clear([]);
            },
          },
          "one convert of the chain": script(
            'qemu-img convert -O qcow2 "$1" "$2"; sync "$2"',
            [chainName(chain), converted],
            [converted],
          ),
        },
      );
      const [full, next] = storedFiles(vm, ids).slice(merged);
      const isRight =
        full !== undefined &&
        next !== undefined &&
        (await isSameContent(fileName(full), chainName(chain))) &&
        (await isSameContent(chainName([full, next]), chainName(copies.slice(0, merged + KEPT)))) &&
        (await isSameContent(fileName(path.join(folder, String(merged))), chainName(chain)));
      await clear([vm.repository, random, copy, folder, converted]);
      return { name, reference: "dd of the merged bytes + fsync", ...timing, bytes, isRight };
    },
  };
}

const VERIFIED = 6;

/** Every file of a full and five increments read again. */
export const verifyChain: Case = {
  name: "verify-chain",
  measure: async (bench) => {
    const { vm, ids } = await copyRepository(bench, VERIFIED);
    const files = storedFiles(vm, ids);
    let bytes = 0;
    for (const file of files) {
      await warm(file);
      bytes += (await stat(file)).size;
    }
    let answer = "";
    const ours: Contestant = {
      reset: async () => undefined,
      run: async () => {
        answer = await driver(bench, "datastore/rsync/verify", ["-i", "-1"], chainDocument(vm, ids));
      },
    };
    const problems = () => VerifyAnswer.parse(JSON.parse(answer)).points.map((point) => point.problem !== null);
    const timing = await compete(
      bench,
      ours,
      script('for file in "$@"; do openssl dgst -sha256 -r "$file" >/dev/null; done', files, []),
      {},
    );
    const isWholeRight = problems().length === VERIFIED && !problems().includes(true);
    await flipByte(files[2] ?? "");
    await ours.run();
    const isRight = isWholeRight && problems().indexOf(true) === 2;
    await clear([vm.repository]);
    return { name: "verify-chain", reference: "openssl sha256 of the same bytes", ...timing, bytes, isRight };
  },
};

/** In the middle, where there is data. */
async function flipByte(file: string): Promise<void> {
  const { size } = await stat(file);
  const handle = await open(file, "r+");
  try {
    const at = Math.floor(size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}
