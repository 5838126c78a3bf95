import { t } from "@/components/i18n/t";

/** Pages behind `g` and a letter. */
export const GO_KEYS = [
  {
    key: "o",
    href: "/",
    get label() {
      return t("Overview");
    },
  },
  {
    key: "a",
    href: "/activity",
    get label() {
      return t("Activity");
    },
  },
  {
    key: "v",
    href: "/vms",
    get label() {
      return t("Virtual machines");
    },
  },
  {
    key: "j",
    href: "/jobs",
    get label() {
      return t("Backup jobs");
    },
  },
  {
    key: "s",
    href: "/schedule",
    get label() {
      return t("Schedule");
    },
  },
  {
    key: "r",
    href: "/restore/new",
    get label() {
      return t("Restore");
    },
  },
  {
    key: "b",
    href: "/backups",
    get label() {
      return t("Backups");
    },
  },
  {
    key: "d",
    href: "/datastores",
    get label() {
      return t("Backup datastores");
    },
  },
] as const;

/** Every key that works on all pages, for the list of keys. */
export const KEY_MAP: readonly { keys: readonly string[]; text: string; isSingle: boolean }[] = [
  {
    keys: ["Ctrl", "K"],
    get text() {
      return t("Find or do something");
    },
    isSingle: false,
  },
  {
    keys: ["?"],
    get text() {
      return t("Show this list");
    },
    isSingle: true,
  },
  {
    keys: ["/"],
    get text() {
      return t("Search in the list of the page");
    },
    isSingle: true,
  },
  ...GO_KEYS.map((go) => ({
    keys: ["g", go.key],
    get text() {
      return t("Go to {label}", { label: go.label });
    },
    isSingle: true,
  })),
];

/** Keys of controls, which do not depend on the setting. */
export const CONTROL_KEYS = [
  {
    keys: ["Tab"],
    get text() {
      return t("Next control");
    },
  },
  {
    keys: ["Enter"],
    get text() {
      return t("Open the link or press the button");
    },
  },
  {
    keys: ["Esc"],
    get text() {
      return t("Close a dialog, a menu or a hint");
    },
  },
  {
    keys: ["← →"],
    get text() {
      return t("Move along a timeline or between tabs");
    },
  },
  {
    keys: ["Ctrl", "Enter"],
    get text() {
      return t("Next step of a restore");
    },
  },
] as const;
