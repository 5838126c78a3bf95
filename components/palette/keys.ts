/** Pages behind `g` and a letter. */
export const GO_KEYS = [
  { key: "o", href: "/", label: "Overview" },
  { key: "a", href: "/activity", label: "Activity" },
  { key: "v", href: "/vms", label: "Virtual machines" },
  { key: "j", href: "/jobs", label: "Backup jobs" },
  { key: "s", href: "/schedule", label: "Schedule" },
  { key: "r", href: "/restore/new", label: "Restore" },
  { key: "b", href: "/backups", label: "Backups" },
  { key: "d", href: "/datastores", label: "Backup datastores" },
] as const;

/** Every key that works on all pages, for the list of keys. */
export const KEY_MAP: readonly { keys: readonly string[]; text: string; isSingle: boolean }[] = [
  { keys: ["Ctrl", "K"], text: "Find or do something", isSingle: false },
  { keys: ["?"], text: "Show this list", isSingle: true },
  { keys: ["/"], text: "Search in the list of the page", isSingle: true },
  ...GO_KEYS.map(({ key, label }) => ({ keys: ["g", key], text: `Go to ${label}`, isSingle: true })),
];

/** Keys of controls, which do not depend on the setting. */
export const CONTROL_KEYS = [
  { keys: ["Tab"], text: "Next control" },
  { keys: ["Enter"], text: "Open the link or press the button" },
  { keys: ["Esc"], text: "Close a dialog, a menu or a hint" },
  { keys: ["← →"], text: "Move along a timeline or between tabs" },
  { keys: ["Ctrl", "Enter"], text: "Next step of a restore" },
] as const;
