/** A disk that is not the one the last backup saw gives no increment, however alike its bitmaps are called. */
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bitmapsOf, change, fileName, makeDisk, tool } from "../testing/disks";
import { meaningsOf, reasonOf, runDriver } from "../testing/run-driver";
import { MIB, makeVm, type PreBackup, type TestVm, VM_ID } from "../testing/test-vm";

const host = "localhost";
const [A, B, C] = ["a".repeat(24), "b".repeat(24), "c".repeat(24)] as const;
const bitmap = (increment: number) => `one-${VM_ID}-${increment}`;
const mark = (increment: number, id: string) => `${bitmap(increment)}.${id}`;

let vm: TestVm;

beforeEach(async () => {
  vm = await makeVm("/dev/null");
  for (const id of [0, 1]) await makeDisk(vm.diskFile(id), 16 * MIB);
});
afterEach(async () => {
  await vm.remove();
});

async function backUp(request: Omit<PreBackup, "host">) {
  return await vm.backUp({ host, diskIds: [0, 1], ...request });
}

async function expectNewChain(request: Omit<PreBackup, "host">, diskId: number) {
  const result = await runDriver(vm.call({ host, diskIds: [0, 1], ...request }));
  expect(result.exitCode).toBe(1);
  expect(meaningsOf(result).filter((meaning) => meaning.kind === "chain-reset")).toEqual([
    {
      kind: "chain-reset",
      reason: `disk ${diskId} does not carry the mark of the last backup: it was replaced or restored from elsewhere`,
    },
  ]);
  expect(reasonOf(result)).toContain("Take a full backup in a new chain");
}

const keep = (diskId: number) => copyFile(vm.diskFile(diskId), path.join(vm.dir, "old"));
const putBack = (diskId: number) => copyFile(path.join(vm.dir, "old"), vm.diskFile(diskId));

describe("marks of the last backup", () => {
  it("go from point to point beside the bitmaps, disabled", async () => {
    const ids = [A, B, C];
    for (const [index, backupId] of ids.entries()) {
      await change(vm.diskFile(0), `write -P ${index + 1} ${index}M 1M`);
      await backUp({ parentId: index - 1, backupId, lastBackupId: ids[index - 1] ?? "" });
      const kept = index === 0 ? [0] : [index - 1, index];
      for (const id of [0, 1]) {
        const expected = kept.flatMap((each) => [bitmap(each), mark(each, ids[each] ?? "")]);
        expect((await bitmapsOf(vm.diskFile(id))).sort()).toEqual(expected.sort());
      }
    }
    for (const point of [0, 1, 2]) expect(await vm.restores(0, point)).toBe(true);
    const info: unknown = JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(vm.diskFile(0))));
    expect(info).toMatchObject({
      "format-specific": {
        data: {
          bitmaps: expect.arrayContaining([
            expect.objectContaining({ name: mark(2, C), flags: [] }),
            expect.objectContaining({ name: bitmap(2), flags: ["auto"] }),
          ]),
        },
      },
    });
  });

  it.each([0, 1])("tell an old copy of disk %i after a new chain, and a full then works", async (diskId) => {
    await change(vm.diskFile(diskId), "write -P 1 0 1M");
    await backUp({ parentId: -1, backupId: A });
    await keep(diskId);
    await change(vm.diskFile(diskId), "write -P 2 4M 1M");
    await backUp({ parentId: -1, backupId: B });
    await putBack(diskId);
    await change(vm.diskFile(diskId), "write -P 3 8M 1M");
    await expectNewChain({ parentId: 0, backupId: C, lastBackupId: B }, diskId);

    await backUp({ parentId: -1, backupId: C });
    expect(await vm.restores(diskId, 0)).toBe(true);
    for (const id of [0, 1]) expect((await bitmapsOf(vm.diskFile(id))).sort()).toEqual([bitmap(0), mark(0, C)]);
  });

  it("tell an old copy from between a failed try and the one that was stored", async () => {
    const D = "d".repeat(24);
    await backUp({ parentId: -1, backupId: A });
    await change(vm.diskFile(0), "write -P 1 0 1M");
    // Staged, never stored.
    const failed = await runDriver(vm.call({ host, diskIds: [0, 1], parentId: 0, backupId: B, lastBackupId: A }));
    expect(reasonOf(failed)).toBe("");
    await keep(0);
    await change(vm.diskFile(0), "write -P 2 4M 1M");
    await backUp({ parentId: 0, backupId: C, lastBackupId: A });
    expect(await vm.restores(0, 1)).toBe(true);
    await putBack(0);
    await change(vm.diskFile(0), "write -P 3 8M 1M");
    await expectNewChain({ parentId: 1, backupId: D, lastBackupId: C }, 0);
  });

  it.each<[string, string[]]>([
    ["before the bitmap was added", [mark(1, B), bitmap(1)]],
    ["between the bitmap and its mark", [mark(1, B)]],
    ["at the end", []],
  ])("a try that was killed %s is repeated", async (_moment, missing) => {
    await change(vm.diskFile(0), "write -P 1 0 1M");
    await backUp({ parentId: -1, backupId: A });
    await change(vm.diskFile(0), "write -P 2 2M 1M");
    const request = { parentId: 0, lastBackupId: A };
    expect((await runDriver(vm.call({ host, diskIds: [0, 1], backupId: B, ...request }))).ok).toBe(true);
    for (const name of missing) await tool("qemu-img", "bitmap", "--remove", fileName(vm.diskFile(0)), name);
    await change(vm.diskFile(0), "write -P 3 4M 1M");
    await backUp({ backupId: C, ...request });
    const expected = [bitmap(0), mark(0, A), bitmap(1), mark(1, C)].sort();
    for (const id of [0, 1]) expect((await bitmapsOf(vm.diskFile(id))).sort()).toEqual(expected);
    expect(await vm.restores(0, 1)).toBe(true);
  });

  it("of others stay, and a core that knows no ids needs none", async () => {
    const foreign = [`one-${VM_ID}1-0.${A}`, `one-${VM_ID}-0.x`];
    for (const name of foreign) await tool("qemu-img", "bitmap", "--add", fileName(vm.diskFile(0)), name);
    await backUp({ parentId: -1, backupId: A });
    await backUp({ parentId: 0 });
    expect((await bitmapsOf(vm.diskFile(0))).sort()).toEqual([...foreign, bitmap(0), mark(0, A), bitmap(1)].sort());
    await expectNewChain({ parentId: 1, backupId: C, lastBackupId: B }, 0);
    const wrong = await runDriver(vm.call({ host, diskIds: [0, 1], backupId: "x y" }));
    expect(reasonOf(wrong)).toContain("not 24 hexadecimal digits");
  });
});
