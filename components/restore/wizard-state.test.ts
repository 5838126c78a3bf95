import { describe, expect, test } from "vitest";
import { chainOf } from "@/components/timeline/sample-chains";
import { choosePoint } from "./point-choice";
import {
  firstStep,
  problemOf,
  problemOfName,
  type RestoreDraft,
  reachableStep,
  restoreHref,
  toInPlaceRequest,
  toRestoreRequest,
  WIZARD_STEPS,
  type WizardChoices,
} from "./wizard-state";

const chains = [chainOf(176, [10, 20, 30])];
const draft: RestoreDraft = {
  scope: "vm",
  vm: 7,
  image: 176,
  inc: 1,
  disk: null,
  how: "new",
  safety: true,
  safetyds: null,
  attach: null,
  ds: null,
  name: "",
  net: "keep",
  inst: false,
  vmName: "",
  host: null,
  sysds: null,
};

function choicesFor(given: RestoreDraft, rest: Partial<WizardChoices> = {}): WizardChoices {
  const point = choosePoint(chains, { imageId: given.image, incrementId: given.inc });
  return { point, datastoreId: 1, hostId: 0, systemDatastoreId: 0, ...rest };
}

function requestOf(changes: Partial<RestoreDraft>, rest: Partial<WizardChoices> = {}) {
  const given = { ...draft, ...changes };
  return toRestoreRequest(given, choicesFor(given, rest));
}

describe("toRestoreRequest", () => {
  test.each([0, 1, 2])("sends increment %d when that is the one chosen", (inc) => {
    expect(requestOf({ inc })).toMatchObject({ imageId: 176, incrementId: inc });
  });

  test("names the increment even when the link left it open", () => {
    expect(requestOf({ inc: null })?.incrementId).toBe(2);
  });

  test("is null for a point that is gone, never the newest instead", () => {
    expect(requestOf({ inc: 9 })).toBeNull();
  });

  test("whole machine: all disks, the network choice, no machine unless asked", () => {
    expect(requestOf({ net: "no_ip" })).toMatchObject({ diskIds: [], network: "no_ip", instantiate: null, name: null });
  });

  test("one disk: that disk, nothing of the machine", () => {
    expect(requestOf({ scope: "disk", disk: 0, net: "no_nic", inst: true })).toMatchObject({
      diskIds: [0],
      network: "keep",
      instantiate: null,
    });
  });

  test("instantiates with the chosen host and system datastore", () => {
    expect(requestOf({ inst: true, vmName: "copy" }, { hostId: 3, systemDatastoreId: 4 })?.instantiate).toEqual({
      name: "copy",
      hostId: 3,
      systemDatastoreId: 4,
    });
  });

  test.each<[string, Partial<RestoreDraft>, Partial<WizardChoices>]>([
    ["no machine", { vm: null }, {}],
    ["no datastore", {}, { datastoreId: null }],
    ["one disk, none chosen", { scope: "disk" }, {}],
    ["one disk that the point lacks", { scope: "disk", disk: 5 }, {}],
    ["a name that is refused", { name: "a/b" }, {}],
    ["a machine name that is refused", { inst: true, vmName: "a$b" }, {}],
    ["no host for the machine", { inst: true }, { hostId: null }],
    ["no system datastore for the machine", { inst: true }, { systemDatastoreId: null }],
  ])("is null with %s", (_what, changes, rest) => {
    expect(requestOf(changes, rest)).toBeNull();
  });
});

describe("other ways", () => {
  const inPlaceOf = (changes: Partial<RestoreDraft>, rest: Partial<WizardChoices> = {}) => {
    const given: RestoreDraft = { ...draft, how: "in-place", ...changes };
    return {
      made: toRestoreRequest(given, choicesFor(given, rest)),
      inPlace: toInPlaceRequest(given, choicesFor(given, rest)),
    };
  };

  test("in place names the very increment, needs no image datastore, and is no other restore", () => {
    expect(inPlaceOf({ inc: null }, { datastoreId: null })).toEqual({
      made: null,
      inPlace: { vmId: 7, imageId: 176, incrementId: 2, diskId: null, safetyPoint: true, safetyDatastoreId: null },
    });
    expect(inPlaceOf({ scope: "disk", disk: 0, safety: false }).inPlace).toMatchObject({
      diskId: 0,
      safetyPoint: false,
    });
    expect(inPlaceOf({ scope: "disk" }).inPlace).toBeNull();
    expect(inPlaceOf({ how: "new" }).inPlace).toBeNull();
  });

  test("a copy goes to the chosen machine, else to the one it was taken from; never a whole machine", () => {
    const copy = { how: "attach", scope: "disk", disk: 0 } as const;
    expect(requestOf(copy)?.attach).toMatchObject({ vmId: 7 });
    expect(requestOf({ ...copy, attach: 9 })?.attach).toMatchObject({ vmId: 9 });
    expect(requestOf({ ...copy, scope: "vm" })?.attach).toBeUndefined();
  });
});

describe("reachableStep", () => {
  test("a complete draft may stand anywhere", () => {
    for (const step of WIZARD_STEPS) expect(reachableStep(step, draft, choicesFor(draft))).toBe(step);
  });

  test("files need a machine and a point, and nothing is restored, whatever the link says", () => {
    const files = { ...draft, scope: "files", how: "in-place" } as const;
    for (const step of WIZARD_STEPS) {
      expect(reachableStep(step, files, choicesFor(files))).toBe(step === "what" ? "what" : "when");
    }
    expect([toRestoreRequest(files, choicesFor(files)), toInPlaceRequest(files, choicesFor(files))]).toEqual([
      null,
      null,
    ]);
    expect(toRestoreRequest({ ...files, how: "new" }, choicesFor(files))).toBeNull();
  });

  test("a link to the review stops at the point that is gone", () => {
    const gone = { ...draft, inc: 9 };
    expect(reachableStep("review", gone, choicesFor(gone))).toBe("when");
    expect(problemOf("when", gone, choicesFor(gone))).toContain("Increment 9 of chain 176");
  });
});

describe("firstStep", () => {
  test.each([
    [{ vm: null, image: null, inc: null }, "what"],
    [{ vm: 7, image: null, inc: null }, "when"],
    [{ vm: null, image: 176, inc: null }, "when"],
    [{ vm: 7, image: 176, inc: 0 }, "disks"],
  ] as const)("%j opens %s", (given, step) => {
    expect(firstStep(given)).toBe(step);
  });
});

test("problemOfName accepts none and refuses what the API refuses", () => {
  expect(problemOfName("")).toBeNull();
  expect(problemOfName("web-01 restored")).toBeNull();
  expect(problemOfName("a'b")).toContain("not allowed");
});

test("restoreHref carries increment 0 as well", () => {
  expect(restoreHref({ vmId: 7, imageId: 176, incrementId: 0 })).toBe("/restore/new?vm=7&image=176&inc=0");
});
