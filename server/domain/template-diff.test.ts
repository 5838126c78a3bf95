import { describe, expect, it } from "vitest";
import type { Template } from "./template";
import { diffTemplates } from "./template-diff";

describe("diffTemplates", () => {
  it("says for every attribute what became of it", () => {
    const before: Template = {
      CPU: ["1"],
      VMID: ["7"],
      DISK: [
        { DISK_ID: "10", IMAGE_ID: "4" },
        { DISK_ID: "2", IMAGE_ID: "3", CACHE: "none" },
      ],
      NIC: [{ NIC_ID: "1", NETWORK: "n", MAC: "m" }],
      CONTEXT: [{ A: "1" }],
    };
    const after: Template = {
      CPU: ["1"],
      NAME: ["copy"],
      DISK: [{ IMAGE_ID: "40", CACHE: "none" }],
      NIC: [{ NETWORK: "n" }],
      CONTEXT: [{ A: "2" }],
    };
    const lines = diffTemplates(before, after, { afterDiskIds: [2] });
    expect(lines.map((line) => `${line.section}|${line.name}|${line.before}|${line.after}|${line.change}`)).toEqual([
      "|CPU|1|1|kept",
      "|NAME|null|copy|added",
      "|VMID|7|null|removed",
      "CONTEXT|A|1|2|changed",
      "DISK 2|CACHE|none|none|kept",
      "DISK 2|DISK_ID|2|null|removed",
      "DISK 2|IMAGE_ID|3|40|changed",
      "DISK 10|DISK_ID|10|null|removed",
      "DISK 10|IMAGE_ID|4|null|removed",
      "NIC 1|MAC|m|null|removed",
      "NIC 1|NETWORK|n|n|kept",
      "NIC 1|NIC_ID|1|null|removed",
    ]);
  });

  it("numbers by place what has no id, and joins repeated texts", () => {
    const before: Template = { X: ["1", "2"], PCI: [{ A: "1" }], RAW: [{ A: "1" }, { A: "2" }], DISK: [{ SIZE: "1" }] };
    expect(diffTemplates(before, {}).map((line) => [line.section, line.before])).toEqual([
      ["", "1\n2"],
      ["DISK 0", "1"],
      ["PCI 0", "1"],
      ["RAW 0", "1"],
      ["RAW 1", "2"],
    ]);
    expect(diffTemplates({}, {})).toEqual([]);
  });
});
