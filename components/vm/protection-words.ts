import { words } from "@/components/i18n/t";

/** How well a VM is protected, in the words of the screens. */
export const PROTECTION_WORDS: Readonly<Record<string, string>> = words({
  protected: "Protected",
  late: "Late",
  failing: "Failing",
  never: "Never backed up",
  running: "Backup running",
  excluded: "Left out",
});
