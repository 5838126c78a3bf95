"use client";

import type { ReactNode } from "react";
import { useDensity } from "../hooks/use-density";
import { useLiveEvents } from "../hooks/use-live-events";
import { t } from "../i18n/t";
import { ANNOUNCER_ID } from "../lib/announce";
import { BottomBar } from "./bottom-bar";
import { StaleBanner } from "./freshness";
import { Header } from "./header";
import { LeaderBanner } from "./leader-banner";
import { Sidebar } from "./sidebar";

/** Landmarks around every page of the dashboard, the live stream and the one polite region for progress. */
export function Shell({ children }: { children: ReactNode }) {
  useLiveEvents();
  const [density] = useDensity();
  return (
    <div data-density={density} className="flex min-h-dvh">
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-control bg-primary px-3 py-2 font-medium text-on-primary focus:translate-y-0"
      >
        {t("Skip to content")}
      </a>
      <Sidebar />
      <div className="flex min-w-0 grow flex-col">
        <Header />
        <main id="main" tabIndex={-1} className="gutter min-w-0 grow pb-24 outline-none md:pb-10">
          <StaleBanner />
          <LeaderBanner />
          {children}
        </main>
      </div>
      <BottomBar />
      <div id={ANNOUNCER_ID} aria-live="polite" className="sr-only" />
    </div>
  );
}
