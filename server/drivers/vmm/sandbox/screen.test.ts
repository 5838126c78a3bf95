import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { parsePpm, toPng } from "./screen";

const ppm = (head: string, pixels: number[]) => Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(pixels)]);

test("a dump becomes a PNG with the same pixels", () => {
  const pixels = [1, 2, 3, 4, 5, 6, 10, 13, 32, 255, 0, 128];
  const screen = parsePpm(ppm("P6\n2 2\n255\n", pixels));
  expect(screen).toMatchObject({ width: 2, height: 2 });
  if (screen === null) return;
  const png = toPng(screen);
  expect(png.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([2, 2, 8, 2]);
  const at = png.indexOf("IDAT");
  const data = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  expect([...data]).toEqual([0, ...pixels.slice(0, 6), 0, ...pixels.slice(6)]);
  // A fixed value of the PNG specification: the CRC of an empty IEND.
  expect(png.subarray(-4).toString("hex")).toBe("ae426082");
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["another format", ppm("P5\n1 1\n255\n", [1, 2, 3])],
  ["a dump that is cut off", ppm("P6\n2 2\n255\n", [1, 2, 3])],
  ["an absurd size", ppm("P6\n99999 99999\n255\n", [1, 2, 3])],
  ["no size at all", ppm("P6\n0 2\n255\n", [1, 2, 3])],
])("%s is no screen", (_name, bytes) => {
  expect(parsePpm(bytes)).toBeNull();
});
