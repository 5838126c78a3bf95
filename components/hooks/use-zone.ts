"use client";

import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTRPC } from "../trpc/client";
import { useStored } from "./use-stored";

export const ZONE_CHOICES = ["browser", "server", "utc"] as const;
export type ZoneChoice = (typeof ZONE_CHOICES)[number];

export interface Zone {
  choice: ZoneChoice;
  setChoice: (choice: ZoneChoice) => void;
  /** The IANA name every time on screen is shown in. */
  zone: string;
  zones: Record<ZoneChoice, string>;
}

/** One clock for the whole page: the zone the reader chose. */
export function useZone(): Zone {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.system.view.queryOptions(undefined, { staleTime: 60_000 }));
  const [choice, setChoice] = useStored("strata.zone", ZONE_CHOICES, "browser");
  const browser = useSyncExternalStore(never, browserZone, serverRenderZone);
  const zones = { browser, server: data?.zone ?? browser, utc: "UTC" };
  return { choice, setChoice, zone: zones[choice], zones };
}

/** The zone of a browser does not change while a page is open. */
function never(): () => void {
  return () => undefined;
}

function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The server cannot know the reader's zone; no time is on screen before the browser takes over. */
function serverRenderZone(): string {
  return "UTC";
}
