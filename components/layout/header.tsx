"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleHelp, CircleUser, Clock, Crown, KeyRound, LogOut, SunMoon, TriangleAlert } from "lucide-react";
import { useRouter } from "next/navigation";
import { signOut } from "next-auth/react";
import { useNow } from "../hooks/use-now";
import { useZone } from "../hooks/use-zone";
import { rich, t } from "../i18n/t";
import { zoneName } from "../lib/format";
import { Palette } from "../palette/palette";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Button, ButtonLink } from "../ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "../ui/menu";
import { Breadcrumb } from "./breadcrumb";
import { Freshness } from "./freshness";
import { DensityChoices, LanguageChoices, ThemeChoices, ZoneChoices } from "./preference-menus";
import { RunningTray } from "./running-tray";

/** Same on every page: where am I, what runs, how fresh is it, whose clock, who leads, help, who am I. */
export function Header() {
  return (
    <header className="gutter sticky top-0 z-30 flex h-14 items-center gap-2 border-b border-line bg-surface">
      <div className="min-w-0 grow">
        <Breadcrumb />
      </div>
      <Palette />
      <Freshness />
      <RunningTray />
      <div className="hidden items-center gap-1 md:flex">
        <LeaderBadge />
        <ZoneMenu />
        <Menu
          trigger={
            <Button variant="ghost" size="icon" aria-label={t("Theme")}>
              <SunMoon aria-hidden />
            </Button>
          }
        >
          <ThemeChoices />
        </Menu>
        <ButtonLink href="/help" variant="ghost" size="icon" aria-label={t("Help")}>
          <CircleHelp aria-hidden />
        </ButtonLink>
      </div>
      <UserMenu />
    </header>
  );
}

function ZoneMenu() {
  const { zone } = useZone();
  const now = useNow();
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="sm">
          <Clock aria-hidden />
          <span className="sr-only">{t("Times are shown in")} </span>
          <span className="hidden xl:inline">{zone === "UTC" ? null : `${zone}, `}</span>
          {now === 0 ? "…" : zoneName(zone, now)}
        </Button>
      }
    >
      <ZoneChoices />
    </Menu>
  );
}

function LeaderBadge() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.system.view.queryOptions());
  if (data === undefined) return null;
  if (data.leader === null) {
    return (
      <Badge tone="danger" icon={TriangleAlert}>
        {t("No leader, runs wait")}
      </Badge>
    );
  }
  return (
    <Badge tone="neutral" icon={Crown} className="hidden lg:inline-flex">
      {rich("Leader{nodeName}", {
        nodeName: <span className="max-w-32 truncate font-normal">{data.leader.nodeName}</span>,
      })}
    </Badge>
  );
}

function UserMenu() {
  const trpc = useTRPC();
  const router = useRouter();
  const { data } = useQuery(trpc.system.view.queryOptions());
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label={t("Account")}>
          <CircleUser aria-hidden className="size-5!" />
        </Button>
      }
    >
      {data === undefined ? null : (
        <MenuLabel>
          {rich("Signed in as {name}", { name: <strong className="text-text">{data.user.name}</strong> })}
          {data.user.isAdmin ? t(", administrator") : null}
          <br />
          {t("Strata {version}", { version: data.version })}
        </MenuLabel>
      )}
      <MenuSeparator />
      <DensityChoices />
      <MenuSeparator />
      <LanguageChoices />
      <MenuSeparator />
      <MenuItem onSelect={() => router.push("/account")}>
        <KeyRound aria-hidden /> {t("Password and tokens")}
      </MenuItem>
      <MenuItem onSelect={() => void signOut({ callbackUrl: "/login" })}>
        <LogOut aria-hidden /> {t("Sign out")}
      </MenuItem>
    </Menu>
  );
}
