import { describe, expect, it } from "vitest";
import type { Qcow2Header } from "../domain/qcow2-header";
import { chainFileProblem } from "./chain-file";

const plain: Qcow2Header = {
  version: 3,
  virtualSize: 1024,
  clusterBits: 16,
  headerLength: 112,
  backingOffset: 0,
  backingSize: 0,
  backingFile: null,
  backingFormat: null,
  isDirty: false,
  isCorrupt: false,
  hasDataFile: false,
  isEncrypted: false,
  snapshotCount: 0,
};
const backedBy = (backingFile: string | null): Qcow2Header => ({ ...plain, backingOffset: 512, backingFile });

describe("chainFileProblem", () => {
  it.each<[string, Qcow2Header, string[] | null, RegExp | null]>([
    ["a full", plain, null, null],
    ["a full with an NBD name", backedBy("nbd+unix:///?socket=/x"), null, /backing file/],
    ["a full with a file", backedBy("/etc/passwd"), null, /backing file/],
    ["an increment of ours", plain, [], null],
    ["an increment of upstream", backedBy("nbd+unix:///vda?socket=/x"), [], null],
    ["an increment of upstream, plain NBD", backedBy("nbd:unix:/x:exportname=vda"), [], null],
    ["one that upstream has rebased", backedBy("/r/1/aaaaaa/disk.0.0"), ["/r/1/aaaaaa/disk.0.0"], null],
    ["any other file", backedBy("/etc/passwd"), ["/r/1/aaaaaa/disk.0.0"], /not part of the chain/],
    ["a json node that looks like NBD", backedBy('json:{"driver":"nbd"}'), [], /not part of the chain/],
    ["a name outside the bytes that were read", backedBy(null), [], /not part of the chain/],
    ["a data file in spite of an NBD name", { ...backedBy("nbd+unix:///"), hasDataFile: true }, [], /another file/],
  ])("%s", (_name, header, previous, expected) => {
    const problem = chainFileProblem(header, previous);
    if (expected === null) expect(problem).toBeNull();
    else expect(problem).toMatch(expected);
  });
});
