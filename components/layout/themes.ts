import { t } from "@/components/i18n/t";

/** What a person may choose; each but `system` is a class of `app/globals.css`, set before the first paint. */
export const THEMES = [
  {
    value: "system",
    get label() {
      return t("Same as the system");
    },
  },
  {
    value: "light",
    get label() {
      return t("Light");
    },
  },
  {
    value: "dark",
    get label() {
      return t("Dark");
    },
  },
  {
    value: "contrast-light",
    get label() {
      return t("High contrast, light");
    },
  },
  {
    value: "contrast-dark",
    get label() {
      return t("High contrast, dark");
    },
  },
] as const;

/** For the theme provider, which adds `system` itself. */
export const THEME_CLASSES = THEMES.map((theme) => theme.value).filter((value) => value !== "system");
