import { expect, test } from "vitest";
import { inPlaceCommands, restoreCommands } from "./restore-commands";

const REQUEST: Parameters<typeof restoreCommands>[0] = {
  ...{ imageId: 176, incrementId: 0, datastoreId: 1, name: null, diskIds: [], instantiate: null },
  network: "keep",
};

test("both lines name the increment of the plan, the oldest too", () => {
  const { cli, cliNote, api } = restoreCommands(REQUEST, "https://strata.example");
  expect(cli).toBe("oneimage restore 176 --datastore 1 --increment 0");
  expect(cliNote).toBeNull();
  expect(api).toBe(
    `curl --fail-with-body -sS -X POST 'https://strata.example/api/v1/restore/start' -H "Authorization: Bearer $STRATA_TOKEN" -H 'Content-Type: application/json' --data-raw '{"imageId":176,"incrementId":0,"datastoreId":1,"name":null,"diskIds":[],"instantiate":null,"network":"keep"}'`,
  );
});

test("a name is one word, whatever it holds", () => {
  const name = "-rf `reboot` (it's) $(x)";
  const { cli, api } = restoreCommands({ ...REQUEST, diskIds: [2], network: "no_ip", name }, "http://localhost:3000");
  expect(cli).toBe(
    `oneimage restore 176 --datastore 1 --increment 0 '--name=-rf \`reboot\` (it'\\''s) $(x)' --no_ip --disk-id 2`,
  );
  expect(api).toContain(`"name":"-rf \`reboot\` (it'\\''s) $(x)"`);
});

test("what the command does not do is said", () => {
  const instantiate = { name: null, hostId: 0, systemDatastoreId: 0 };
  expect(restoreCommands({ ...REQUEST, instantiate }, "").cliNote).toContain("onetemplate instantiate");
  expect(restoreCommands({ ...REQUEST, diskIds: [0], attach: { vmId: 4, target: null } }, "").cliNote).toContain(
    "does not attach",
  );
});

test("in place: the command makes no safety point, the API call does as asked", () => {
  const request = { vmId: 3, imageId: 176, incrementId: 2, diskId: 1, safetyPoint: true, safetyDatastoreId: null };
  const { cli, cliNote, api } = inPlaceCommands(request, "");
  expect(cli).toBe("onevm restore 3 176 --increment 2 --disk-id 1");
  expect(cliNote).toContain("no safety point");
  expect(api).toContain('"safetyPoint":true');
  expect(inPlaceCommands({ ...request, safetyPoint: false }, "").cliNote).toBeNull();
});
