"use client";

import { useTheme } from "next-themes";
import { DENSITIES, type Density, useDensity } from "../hooks/use-density";
import { useNow } from "../hooks/use-now";
import { useZone, ZONE_CHOICES, type ZoneChoice } from "../hooks/use-zone";
import { zoneName } from "../lib/format";
import { MenuChoices } from "../ui/menu";
import { THEMES } from "./themes";

const DENSITY_WORDS: Record<Density, string> = { comfortable: "Comfortable", default: "Default", compact: "Compact" };
const ZONE_WORDS: Record<ZoneChoice, string> = { browser: "This computer", server: "Server", utc: "UTC" };

/** Theme, as items of a menu. */
export function ThemeChoices() {
  const { theme, setTheme } = useTheme();
  const value = THEMES.find((item) => item.value === theme)?.value ?? "system";
  return <MenuChoices label="Theme" value={value} options={THEMES} onValueChange={setTheme} />;
}

/** Row height, as items of a menu. */
export function DensityChoices() {
  const [density, setDensity] = useDensity();
  return (
    <MenuChoices
      label="Row height"
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
      label="Show times in"
      value={choice}
      options={ZONE_CHOICES.map((value) => ({
        value,
        label: `${ZONE_WORDS[value]} (${value === "utc" ? "UTC" : `${zones[value]}, ${zoneName(zones[value], now)}`})`,
      }))}
      onValueChange={setChoice}
    />
  );
}
