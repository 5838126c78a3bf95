import { expect, test } from "vitest";
import { RestoreRequest } from "@/server/domain/restore";
import { apiCallText, cliText } from "./call-text";

const request = RestoreRequest.parse({
  imageId: 176,
  incrementId: 5,
  datastoreId: 1,
  name: "web-01 copy",
  network: "no_ip",
});

test("the API call names the increment", () => {
  expect(apiCallText(request)).toBe(
    String.raw`one.image.restore(SESSION, 176, 1, "NO_IP=\"YES\"\nNAME=\"web-01 copy\"\nINCREMENT_ID=\"5\"")`,
  );
});

test("the command line quotes what a shell would split", () => {
  expect(cliText(request)).toBe("oneimage restore 176 -d 1 --no_ip --name 'web-01 copy' --increment 5");
});

test("increment 0 and disk 0 are not taken for nothing", () => {
  expect(cliText({ ...request, name: null, network: "no_nic", incrementId: 0, diskIds: [0] })).toBe(
    "oneimage restore 176 -d 1 --no_nic --increment 0 --disk-id 0",
  );
});

test("a quote in a name cannot end the word", () => {
  expect(cliText({ ...request, network: "keep", name: "a'; rm -rf ~" })).toContain(
    String.raw`--name 'a'\''; rm -rf ~'`,
  );
});
