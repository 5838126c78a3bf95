import { z } from "zod";

/** Languages of the screens. `en-XA` is English with accents: what shows up without them was never translated. */
export const Locale = z.enum(["en", "es", "en-XA"]);
export type Locale = z.infer<typeof Locale>;

/** Where a page's request says its language, so that the first byte already speaks it. */
export const LOCALE_COOKIE = "strata-locale";

export const SetLocale = z.object({ locale: Locale });
export type SetLocale = z.infer<typeof SetLocale>;
