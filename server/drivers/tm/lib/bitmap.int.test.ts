/** A cancelled rotation of bitmaps never costs the next increment. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { attempt } from "../../../lib/outcome";
import { fileName, makeDisk, tempDir, tool } from "../../testing/disks";
import { rotateBitmaps } from "./bitmap";
import type { Source } from "./source";

const localhost = { host: "localhost" };
const Info = z.object({
  "format-specific": z.object({
    data: z.object({ bitmaps: z.array(z.object({ name: z.string(), flags: z.array(z.string()) })).default([]) }),
  }),
});

async function bitmapsWithFlags(file: string) {
  const info = Info.parse(JSON.parse(await tool("qemu-img", "info", "--output=json", fileName(file))));
  return info["format-specific"].data.bitmaps;
}

test("cancelled before it begins it does nothing; cancelled at any moment in it, it ends, and no bitmap is broken", async () => {
  const { dir, remove } = await tempDir();
  try {
    const file = path.join(dir, "disk.0");
    await makeDisk(file, 64 * 1024 * 1024);
    const rotate = async (step: number, signal: AbortSignal) => {
      const { mtimeNs } = await stat(file, { bigint: true });
      const modified = `${mtimeNs / 1_000_000_000n}.${String(mtimeNs % 1_000_000_000n).padStart(9, "0")}`;
      const layers = [{ file, name: file, format: "qcow2" as const, isRelative: false, snapshots: 0, allocated: 0 }];
      const source: Source = {
        diskId: 0,
        format: "qcow2",
        layers,
        virtualSize: 0,
        allocated: 0,
        modified,
        canHaveBitmaps: true,
      };
      const remove = step > 0 ? [`one-1-${step - 1}`] : [];
      return await attempt(() =>
        rotateBitmaps(localhost, [{ source, remove, add: `one-1-${step}`, mark: null }], signal),
      );
    };
    expect(await rotate(0, AbortSignal.abort())).toMatchObject({ ok: false });
    expect(await bitmapsWithFlags(file)).toEqual([]);

    for (let step = 0; step < 8; step += 1) {
      const outcome = await rotate(step, AbortSignal.timeout(step * 15));
      const began = (await bitmapsWithFlags(file)).some((bitmap) => bitmap.name === `one-1-${step}`);
      if (!began) {
        expect(outcome.ok).toBe(false);
        await rotate(step, new AbortController().signal);
      }
      expect(await bitmapsWithFlags(file)).toEqual([
        expect.objectContaining({ name: `one-1-${step}`, flags: ["auto"] }),
      ]);
    }
  } finally {
    await remove();
  }
});
