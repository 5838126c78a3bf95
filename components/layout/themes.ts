/** What a person may choose; each but `system` is a class of `app/globals.css`, set before the first paint. */
export const THEMES = [
  { value: "system", label: "Same as the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "contrast-light", label: "High contrast, light" },
  { value: "contrast-dark", label: "High contrast, dark" },
] as const;

/** For the theme provider, which adds `system` itself. */
export const THEME_CLASSES = THEMES.map((theme) => theme.value).filter((value) => value !== "system");
