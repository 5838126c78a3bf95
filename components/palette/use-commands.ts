"use client";

import {
  CalendarClock,
  CircleHelp,
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
    open("Restore something…", RotateCcw, "/restore/new", ["recover"]),
    open("New backup job…", CalendarClock, "/jobs/new", ["create", "schedule"]),
    open("Register a VM…", Server, "/vms/new", ["add", "new"]),
    open("Add a backup datastore…", Database, "/datastores/new", ["new", "restic", "rsync"]),
    { label: "Light theme", icon: Sun, keywords: ["colour", "color"], run: () => setTheme("light") },
    { label: "Dark theme", icon: Moon, keywords: ["colour", "color"], run: () => setTheme("dark") },
    { label: "Theme of the system", icon: Monitor, keywords: ["colour", "color"], run: () => setTheme("system") },
    ...DENSITIES.map((density) => ({
      label: `Row height: ${density}`,
      icon: Rows3,
      keywords: ["density"],
      run: () => setDensity(density),
    })),
    { label: "Show the keys", icon: Keyboard, keywords: ["shortcuts", "help"], run: onKeys },
    open("Help", CircleHelp, "/help", ["words", "rules"]),
  ];
}
