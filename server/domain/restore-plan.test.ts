import { describe, expect, it } from "vitest";
import type { Manifest } from "./backup";
import { type PlanCheck, RestoreRequest } from "./restore";
import { planPoint, planRestore } from "./restore-plan";
import type { PlanPoint, RestorePlanInput } from "./restore-plan-input";
import type { Template } from "./template";

const MIB = 1024 * 1024;
const TEMPLATE: Template = {
  CPU: ["1"],
  VMID: ["7"],
  DISK: [
    { DISK_ID: "0", TYPE: "FILE", FORMAT: "qcow2", SIZE: "100", TARGET: "vda", IMAGE_ID: "3" },
    { DISK_ID: "1", TYPE: "fs", SIZE: "10", TARGET: "vdb" },
    { DISK_ID: "2", TYPE: "swap", SIZE: "1" },
    { DISK_ID: "4", TYPE: "FILE", FORMAT: "qcow2", SIZE: "50", IMAGE_ID: "5" },
  ],
  NIC: [{ NIC_ID: "0", NETWORK: "lan", IP: "10.0.0.5", MAC: "02:00:0a:00:00:05" }],
};

function point(incrementId: number, more: Partial<PlanPoint> = {}): PlanPoint {
  const source = `aabbc${incrementId}`;
  const manifest: Manifest = {
    version: 1,
    vmId: 7,
    backupId: source,
    incrementId,
    type: incrementId === 0 ? "FULL" : "INCREMENT",
    parentId: incrementId - 1,
    createdAt: "2026-01-01T00:00:00Z",
    tool: "t",
    vmXmlSha256: "0".repeat(64),
    disks: [0, 4].map((id) => ({
      id,
      file: `disk.${id}.${incrementId}`,
      bytes: incrementId === 0 ? 1000 : 10 + id,
      sha256: "0".repeat(64),
      virtualSize: id === 0 ? 100 * MIB : 50 * MIB,
      bitmap: null,
    })),
  };
  return {
    incrementId,
    parentId: incrementId - 1,
    type: manifest.type,
    at: 1000 + incrementId,
    source,
    verification: "checksummed",
    diskIds: [0, 4],
    broken: null,
    manifest,
    ...more,
  };
}

function plan(
  request: Partial<RestoreRequest> = {},
  more: Partial<RestorePlanInput> = {},
  points = [point(0), point(1), point(2)],
) {
  return planRestore({
    request: RestoreRequest.parse({ imageId: 11, datastoreId: 1, ...request }),
    chain: { imageId: 11, vmId: 7, vmName: "web", points },
    vmDocument: { name: "web", template: TEMPLATE, userTemplate: { NOTE: ["n"] } },
    selectedDisksOnly: false,
    datastore: { id: 1, name: "images", freeMb: 1000, type: "IMAGE" },
    system: null,
    takenNames: { images: new Set(), templates: new Set(), vms: new Set() },
    aliveOriginal: false,
    may: { useImage: true, useDatastore: true, instantiate: true },
    ...more,
  });
}

const INSTANTIATE = { name: null, hostId: 0, systemDatastoreId: 0 };
const check = (checks: readonly PlanCheck[], id: PlanCheck["id"]) => checks.find((candidate) => candidate.id === id);

describe("planPoint", () => {
  it("is the newest without a wish, never increment 0 by accident", () => {
    const chain = { imageId: 11, points: [point(2), point(0), point(1)] };
    expect(planPoint(chain, null).incrementId).toBe(2);
    expect(planPoint(chain, 0).incrementId).toBe(0);
    expect(() => planPoint(chain, 9)).toThrow("Backup 11 has no increment 9");
    expect(() => planPoint({ imageId: 11, points: [] }, null)).toThrow("Backup 11 has no increment");
  });
});

describe("a whole VM", () => {
  it("plans every disk of the newest point and the template", () => {
    const made = plan();
    expect(made).toMatchObject({
      vmId: 7,
      vmName: "web",
      imageId: 11,
      incrementId: 2,
      pointAt: 1002,
      datastore: { id: 1, name: "images", freeMb: 1000 },
      templateName: "7-aabbc2",
      totalBytesToRead: 1020 + 1028,
      totalVirtualSize: 150 * MIB,
      isRunnable: true,
    });
    expect(made.disks).toEqual([
      {
        diskId: 0,
        target: "vda",
        wasVolatile: false,
        virtualSize: 100 * MIB,
        bytesToRead: 1020,
        chainLength: 3,
        imageName: "7-aabbc2-disk-0",
        imageType: "OS",
      },
      expect.objectContaining({ diskId: 4, bytesToRead: 1028, imageName: "7-aabbc2-disk-4", imageType: "DATABLOCK" }),
    ]);
    expect(made.steps.map((step) => [step.id, step.bytes])).toEqual([
      ["disk-0", 1020],
      ["disk-4", 1028],
      ["template", 0],
    ]);
    expect(made.templateBefore).toEqual({ ...TEMPLATE, NOTE: ["n"] });
    expect(made.templateAfter).toEqual({
      CPU: ["1"],
      NOTE: ["n"],
      NAME: ["7-aabbc2"],
      NIC: [{ NETWORK: "lan", IP: "10.0.0.5" }],
      DISK: [
        { IMAGE_ID: "(new) 7-aabbc2-disk-0" },
        { TYPE: "fs", SIZE: "10" },
        { TYPE: "swap", SIZE: "1" },
        { IMAGE_ID: "(new) 7-aabbc2-disk-4" },
      ],
    });
    expect(made.diff).toContainEqual({
      section: "DISK 4",
      name: "IMAGE_ID",
      before: "5",
      after: "(new) 7-aabbc2-disk-4",
      change: "changed",
    });
    expect(made.diff).toContainEqual({ section: "", name: "VMID", before: "7", after: null, change: "removed" });
  });

  it("of an older point reads only what that needs", () => {
    const made = plan({ incrementId: 0, name: "copy" });
    expect(made).toMatchObject({ templateName: "copy", totalBytesToRead: 2000 });
    expect(made.disks.map((disk) => disk.chainLength)).toEqual([1, 1]);
  });

  it("with a VM copies the disks once more", () => {
    const made = plan({ name: "copy", instantiate: { ...INSTANTIATE, name: "web-2" } });
    expect(made.steps.at(-1)).toMatchObject({ id: "instantiate", bytes: 150 * MIB });
    expect(made.steps.at(-1)?.text).toContain('"web-2"');
  });

  it("without a manifest takes the sizes of the document and says so", () => {
    const made = plan({}, {}, [point(0), point(1, { manifest: null, verification: "unverified" })]);
    expect(made.totalBytesToRead).toBeNull();
    expect(made.disks[0]).toMatchObject({ bytesToRead: null, chainLength: 2, virtualSize: 100 * MIB });
    expect(made.steps[0]?.bytes).toBe(100 * MIB);
    expect(check(made.checks, "verification")).toMatchObject({ level: "warning" });
    expect(made.isRunnable).toBe(true);
  });

  it("a restored volatile disk becomes an image", () => {
    const made = plan({}, {}, [point(0, { diskIds: [0, 1, 4], manifest: null })]);
    expect(made.disks[1]).toMatchObject({ diskId: 1, wasVolatile: true, virtualSize: 10 * MIB });
    expect(made.templateAfter?.["DISK"]?.[1]).toEqual({ IMAGE_ID: "(new) 7-aabbc0-disk-1" });
  });
});

describe("a single disk", () => {
  it("makes an image and no template", () => {
    const made = plan({ diskIds: [4, 4] });
    expect(made).toMatchObject({ templateName: null, templateAfter: null, diff: [], totalBytesToRead: 1028 });
    expect(made.steps.map((step) => step.id)).toEqual(["disk-4"]);
    expect(made.isRunnable).toBe(true);
  });
  it("cannot make a VM", () => {
    expect(() => plan({ diskIds: [4], instantiate: INSTANTIATE })).toThrow("from a selected disk");
  });
});

describe("no plan at all", () => {
  it.each<[string, () => unknown, string]>([
    ["unknown increment", () => plan({ incrementId: 7 }), "INCREMENT_NOT_FOUND"],
    ["disk that is not in the backup", () => plan({ diskIds: [0, 2] }), "RESTORE_DISK_MISSING"],
    [
      "backup datastore as target",
      () => plan({}, { datastore: { id: 1, name: "b", freeMb: 1000, type: "BACKUP" } }),
      "NOT_IMAGE_DATASTORE",
    ],
  ])("%s", (_name, attempt, code) => {
    expect(attempt).toThrow(expect.objectContaining({ code }));
  });
});

describe("checks", () => {
  const datastore = (freeMb: number) => ({ id: 1, name: "images", freeMb, type: "IMAGE" as const });
  const taken = (kind: "images" | "templates" | "vms", name: string) => ({
    takenNames: {
      images: new Set<string>(),
      templates: new Set<string>(),
      vms: new Set<string>(),
      [kind]: new Set([name]),
    },
  });
  const may = { useImage: true, useDatastore: true, instantiate: true };
  const vm = { instantiate: INSTANTIATE };
  const room = (imagesMb: number, systemMb: number): Partial<RestorePlanInput> => ({
    datastore: datastore(imagesMb),
    system: { id: 0, name: "sys", freeMb: systemMb },
  });

  it.each<
    [
      string,
      PlanCheck["id"],
      PlanCheck["level"],
      string,
      Partial<RestoreRequest>,
      Partial<RestorePlanInput>,
      PlanPoint[]?,
    ]
  >([
    ["fits exactly", "capacity", "ok", "150 MiB", {}, { datastore: datastore(150) }],
    ["does not fit", "capacity", "error", "only 149 MiB are free on images", {}, { datastore: datastore(149) }],
    ["one disk fits", "capacity", "ok", "50 MiB", { diskIds: [4] }, { datastore: datastore(50) }],
    ["a VM's copies fit beside the images", "capacity", "ok", "300 MiB free on sys", vm, room(300, 300)],
    ["both on one file system might not", "capacity", "warning", "its 299 MiB", vm, room(300, 299)],
    ["the same, the images' side", "capacity", "warning", "its 299 MiB", vm, room(299, 1000)],
    ["the copies do not fit", "capacity", "error", "only 149 MiB are free on sys", vm, room(1000, 149)],
    ["the images do not fit", "capacity", "error", "only 149 MiB are free on images", vm, room(149, 1000)],
    ["no VM, no copies", "capacity", "ok", "150 MiB", {}, room(150, 0)],
    ["no right on the image", "permissions", "error", "backup 11", {}, { may: { ...may, useImage: false } }],
    ["no right on the datastore", "permissions", "error", "datastore 1", {}, { may: { ...may, useDatastore: false } }],
    ["no right to make a VM", "permissions", "error", "create a VM", vm, { may: { ...may, instantiate: false } }],
    ["that right is not needed", "permissions", "ok", "", {}, { may: { ...may, instantiate: false } }],
    ["image name taken", "names", "error", '"c-disk-4"', { name: "c" }, taken("images", "c-disk-4")],
    ["template name taken", "names", "error", 'VM template named "c"', { name: "c" }, taken("templates", "c")],
    ["VM name taken", "names", "error", 'VM named "c"', { name: "c", ...vm }, taken("vms", "c")],
    ["VM name not asked for", "names", "ok", "", { name: "c" }, taken("vms", "c")],
    ["template name of one disk", "names", "ok", "", { name: "c", diskIds: [4] }, taken("templates", "c")],
    ["name becomes too long", "names", "error", "max length", { name: "c".repeat(125) }, {}],
    ["keep, original alive", "network", "warning", "10.0.0.5, 02:00:0a:00:00:05", {}, { aliveOriginal: true }],
    ["keep, original gone", "network", "ok", "", {}, { aliveOriginal: false }],
    ["no_ip, original alive", "network", "ok", "", { network: "no_ip" }, { aliveOriginal: true }],
    ["no_nic, original alive", "network", "ok", "", { network: "no_nic" }, { aliveOriginal: true }],
    [
      "an alias keeps its address even then",
      "network",
      "warning",
      "10.0.0.9",
      { network: "no_nic" },
      {
        aliveOriginal: true,
        vmDocument: { name: "w", template: { ...TEMPLATE, NIC_ALIAS: [{ IP: "10.0.0.9" }] }, userTemplate: {} },
      },
    ],
    [
      "broken point",
      "point",
      "error",
      "This point cannot be restored: gone",
      {},
      {},
      [point(0), point(1, { broken: "gone" })],
    ],
    ["broken parent", "point", "error", "Increment 0, which", {}, {}, [point(0, { broken: "gone" }), point(1)]],
    ["broken child", "point", "ok", "full", { incrementId: 0 }, {}, [point(0), point(1, { broken: "gone" })]],
    ["missing parent", "point", "error", "not complete", {}, {}, [point(0), point(2)]],
    ["failed check", "verification", "error", "Increment 0", {}, {}, [point(0, { verification: "failed" }), point(1)]],
    [
      "unverified",
      "verification",
      "warning",
      "0, 1",
      {},
      {},
      [point(0, { verification: "unverified" }), point(1, { verification: "unverified" })],
    ],
    [
      "verified",
      "verification",
      "ok",
      "is checked against its checksum",
      {},
      {},
      [point(0, { verification: "verified" })],
    ],
    ["volatile starts empty", "partial", "warning", "Volatile disk 1", {}, {}],
    [
      "chosen disks only",
      "partial",
      "warning",
      "chosen disks only. Disk 4",
      {},
      { selectedDisksOnly: true },
      [point(0, { diskIds: [0] })],
    ],
    [
      "an unknown disk",
      "partial",
      "warning",
      "Disk 9 is not in the VM document",
      {},
      {},
      [point(0, { diskIds: [0, 4, 9] })],
    ],
    ["one disk", "partial", "ok", "Only this disk", { diskIds: [0] }, {}],
  ])("%s", (_name, id, level, text, request, more, points) => {
    const made = plan(request, more, points);
    expect(check(made.checks, id)).toMatchObject({ level });
    expect(check(made.checks, id)?.text).toContain(text);
    expect(made.isRunnable).toBe(made.checks.every((each) => each.level !== "error"));
  });

  it("come all, each once", () => {
    expect(plan().checks.map((each) => each.id)).toEqual([
      "point",
      "verification",
      "permissions",
      "capacity",
      "names",
      "network",
      "partial",
    ]);
  });
});
