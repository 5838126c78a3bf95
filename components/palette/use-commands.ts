"use client";

import {
  CalendarClock,
  CircleHelp,
  Contrast,
  Database,
  Keyboard,
  type LucideIcon,
  Monitor,
  Moon,
  RotateCcw,
  Rows3,
  Server,
  Sun,
} from "lucide-react";
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { DENSITIES, useDensity } from "../hooks/use-density";
import { t } from "../i18n/t";
import { THEMES } from "../layout/themes";

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon, "contrast-light": Contrast, "contrast-dark": Contrast };

interface PaletteCommand {
  label: string;
  icon: LucideIcon;
  /** Other words that find it. */
  keywords: string[];
  run: () => void;
}

/** What the palette can begin. Nothing here changes data by itself. */
export function useCommands(onKeys: () => void): PaletteCommand[] {
  const router = useRouter();
  const { setTheme } = useTheme();
  const [, setDensity] = useDensity();
  const open = (label: string, icon: LucideIcon, href: string, keywords: string[]): PaletteCommand => ({
    label,
    icon,
    keywords,
    run: () => router.push(href),
  });
  return [
    open(t("Restore something…"), RotateCcw, "/restore/new", ["recover"]),
    open(t("New backup job…"), CalendarClock, "/jobs/new", ["create", "schedule"]),
    open(t("Register a VM…"), Server, "/vms/new", ["add", "new"]),
    open(t("Add a backup datastore…"), Database, "/datastores/new", ["new", "restic", "rsync"]),
    ...THEMES.map(({ value, label }) => ({
      label: t("Theme: {label}", { label: label.toLowerCase() }),
      icon: THEME_ICONS[value],
      keywords: ["colour", "color"],
      run: () => setTheme(value),
    })),
    ...DENSITIES.map((density) => ({
      label: t("Row height: {density}", { density }),
      icon: Rows3,
      keywords: ["density"],
      run: () => setDensity(density),
    })),
    { label: t("Show the keys"), icon: Keyboard, keywords: ["shortcuts", "help"], run: onKeys },
    open(t("Help"), CircleHelp, "/help", ["words", "rules"]),
  ];
}
