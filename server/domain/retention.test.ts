import fc from "fast-check";
import { expect, test } from "vitest";
import { comingMerge, nextMerge, surplusImages } from "./retention";

/** The rule once more, as one would do it by hand: take the oldest away until few enough are left. */
function byHand(ids: readonly number[], keepLast: number): { gone: number[]; left: number[] } {
  const left = [...ids];
  const gone: number[] = [];
  while (keepLast > 0 && left.length > keepLast) {
    const oldest = Math.min(...left);
    left.splice(left.indexOf(oldest), 1);
    gone.push(oldest);
  }
  return { gone, left };
}

const ids = fc.uniqueArray(fc.nat(500), { maxLength: 40 });
const keep = fc.nat(45);

test("a merge takes the oldest and leaves exactly KEEP_LAST points", () => {
  fc.assert(
    fc.property(ids, keep, (points, keepLast) => {
      const { gone, left } = byHand(points, keepLast);
      const merge = nextMerge(points, keepLast);
      expect(merge).toEqual(gone.length === 0 ? null : { merged: gone, firstId: Math.min(...left) });
    }),
  );
});

test("chains that grow and are merged again and again never lose more than KEEP_LAST says", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ keepLast: fc.nat(8), fails: fc.boolean() }), { maxLength: 60 }), (nights) => {
      let points = [0];
      for (const { keepLast, fails } of nights) {
        const announced = comingMerge(points, keepLast);
        points = [...points, Math.max(...points) + 1];
        const merge = nextMerge(points, keepLast);
        expect(merge).toEqual(announced);
        if (merge === null || fails) continue; // a merge that failed leaves the chain whole
        points = points.filter((id) => !merge.merged.includes(id));
        expect(points).toHaveLength(keepLast);
        expect(points[0]).toBe(merge.firstId);
      }
      // Ids are never used twice, and the newest is always there.
      expect(Math.max(...points)).toBe(nights.length);
    }),
  );
});

test("FULL mode deletes the oldest images beyond KEEP_LAST", () => {
  fc.assert(
    fc.property(ids, keep, (images, keepLast) => {
      expect(surplusImages(images, keepLast)).toEqual(byHand(images, keepLast).gone);
    }),
  );
});
