import type { InPlaceRequest } from "./in-place";
import type { RestoreRequest } from "./restore";
import { shellWord } from "./shell-word";

/** The same restore, to be started from a terminal. */
export interface RestoreCommands {
  /** One line for a POSIX shell, of OpenNebula's commands. */
  cli: string;
  /** What of the plan that line does not do, as a sentence; null: it does all of it. */
  cliNote: string | null;
  /** One `curl` line. The token is taken from the variable `STRATA_TOKEN`, so that no secret is copied. */
  api: string;
}

/**
 * Commands of a restore to new objects. The increment of the plan is named in both, so that a backup that is made
 * meanwhile changes nothing.
 *
 * @param request with a point that is chosen; `incrementId` null would mean another point tomorrow
 * @param origin scheme and host that the browser sees, without a slash at the end
 */
export function restoreCommands(request: RestoreRequest & { incrementId: number }, origin: string): RestoreCommands {
  const { imageId, datastoreId, incrementId, name, network, diskIds, instantiate, attach } = request;
  const cli = [
    ...["oneimage", "restore", String(imageId), "--datastore", String(datastoreId)],
    ...["--increment", String(incrementId)],
    ...(name === null ? [] : [`--name=${name}`]),
    ...(network === "no_ip" ? ["--no_ip"] : network === "no_nic" ? ["--no_nic"] : []),
    ...diskIds.flatMap((diskId) => ["--disk-id", String(diskId)]),
  ];
  return { cli: line(cli), cliNote: noteOf({ instantiate, attach }), api: apiCall(origin, "restore/start", request) };
}

/** Commands of a restore onto the VM's own disks; see `restoreCommands`. */
export function inPlaceCommands(request: InPlaceRequest & { incrementId: number }, origin: string): RestoreCommands {
  const { vmId, imageId, incrementId, diskId, safetyPoint } = request;
  const cli = [
    ...["onevm", "restore", String(vmId), String(imageId), "--increment", String(incrementId)],
    ...(diskId === null ? [] : ["--disk-id", String(diskId)]),
  ];
  const cliNote = safetyPoint
    ? "This command makes no safety point. Back the machine up first, or use the API call, which makes it."
    : null;
  return { cli: line(cli), cliNote, api: apiCall(origin, "restore/startInPlace", request) };
}

function noteOf({ instantiate, attach }: Pick<RestoreRequest, "instantiate" | "attach">): string | null {
  if (instantiate !== null) {
    return "This command makes the images and the template. Make the machine with “onetemplate instantiate” and the template's id that it prints, or use the API call.";
  }
  if (attach != null) return "This command makes the image and does not attach it. The API call does both.";
  return null;
}

function apiCall(origin: string, path: string, input: RestoreRequest | InPlaceRequest): string {
  return [
    `curl --fail-with-body -sS -X POST ${shellWord(`${origin}/api/v1/${path}`)}`,
    `-H "Authorization: Bearer $STRATA_TOKEN"`,
    `-H ${shellWord("Content-Type: application/json")}`,
    `--data-raw ${shellWord(JSON.stringify(input))}`,
  ].join(" ");
}

/** Words that no shell reads as anything else stay as they are, for people's eyes. */
function line(words: readonly string[]): string {
  return words.map((word) => (/^[\w./-]+$/.test(word) ? word : shellWord(word))).join(" ");
}
