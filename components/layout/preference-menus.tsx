"use client";

import { useMutation } from "@tanstack/react-query";
import { useTheme } from "next-themes";
import { toast } from "sonner";
import { DENSITIES, type Density, useDensity } from "../hooks/use-density";
import { useNow } from "../hooks/use-now";
import { useZone, ZONE_CHOICES, type ZoneChoice } from "../hooks/use-zone";
import { locale, t, words } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { zoneName } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { MenuChoices } from "../ui/menu";
import { localeHref } from "./local-path";
import { THEMES } from "./themes";

const DENSITY_WORDS: Record<Density, string> = words({
  comfortable: "Comfortable",
  default: "Default",
  compact: "Compact",
});
const ZONE_WORDS: Record<ZoneChoice, string> = words({ browser: "This computer", server: "Server", utc: "UTC" });

/** Theme, as items of a menu. */
export function ThemeChoices() {
  const { theme, setTheme } = useTheme();
  const value = THEMES.find((item) => item.value === theme)?.value ?? "system";
  return <MenuChoices label={t("Theme")} value={value} options={THEMES} onValueChange={setTheme} />;
}

/** Each in its own words: who does not read the present one finds their own. */
const LANGUAGES = [
  { value: "en", label: <span lang="en">English</span> },
  { value: "es", label: <span lang="es">Español</span> },
] as const;

/** Language of the screens, as items of a menu. It is kept with the user, and the page is loaded anew in it. */
export function LanguageChoices() {
  const trpc = useTRPC();
  const choose = useMutation(
    trpc.user.setLocale.mutationOptions({
      onSuccess: () => window.location.assign(localeHref(`${window.location.pathname}${window.location.search}`)),
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  const value = LANGUAGES.find((item) => item.value === locale())?.value ?? "en";
  return (
    <MenuChoices
      label={t("Language")}
      value={value}
      options={LANGUAGES}
      onValueChange={(next) => choose.mutate({ locale: next })}
    />
  );
}

/** Row height, as items of a menu. */
export function DensityChoices() {
  const [density, setDensity] = useDensity();
  return (
    <MenuChoices
      label={t("Row height")}
      value={density}
      options={DENSITIES.map((value) => ({ value, label: DENSITY_WORDS[value] }))}
      onValueChange={setDensity}
    />
  );
}

/** The zone of every time on screen, as items of a menu. */
export function ZoneChoices() {
  const { choice, setChoice, zones } = useZone();
  const now = useNow();
  return (
    <MenuChoices
      label={t("Show times in")}
      value={choice}
      options={ZONE_CHOICES.map((value) => ({
        value,
        label: `${ZONE_WORDS[value]} (${value === "utc" ? "UTC" : `${zones[value]}, ${zoneName(zones[value], now)}`})`,
      }))}
      onValueChange={setChoice}
    />
  );
}
