import { access, constants } from "node:fs/promises";

/** Files of the UEFI firmware for machines: the program, and the empty variables that each machine gets a copy of. */
export interface UefiFirmware {
  code: string;
  vars: string;
}

/** Debian and Ubuntu, then Fedora and its kin; builds without Secure Boot, which need no further device. */
const PLACES: readonly UefiFirmware[] = [
  { code: "/usr/share/OVMF/OVMF_CODE_4M.fd", vars: "/usr/share/OVMF/OVMF_VARS_4M.fd" },
  { code: "/usr/share/OVMF/OVMF_CODE.fd", vars: "/usr/share/OVMF/OVMF_VARS.fd" },
  { code: "/usr/share/edk2/ovmf/OVMF_CODE.fd", vars: "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
];

/** What to tell people when `findUefiFirmware` finds none. */
export const NO_UEFI_FIRMWARE =
  "The VM starts by UEFI, and the machine of Strata has no UEFI firmware for it. Install the package ovmf there.";

/** The UEFI firmware of this machine, null when none is installed. */
export async function findUefiFirmware(): Promise<UefiFirmware | null> {
  for (const place of PLACES) {
    const readable = [place.code, place.vars].map((file) => access(file, constants.R_OK));
    const isThere = await Promise.all(readable).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  return null;
}
