"use client";

import { HeartPulse } from "lucide-react";
import { useNow } from "@/components/hooks/use-now";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { Badge } from "@/components/ui/badge";
import { Button, ButtonLink } from "@/components/ui/button";
import { Popover } from "@/components/ui/popover";
import { VerifyButton } from "@/components/verification/verify-button";
import type { Chain } from "@/server/domain/backup";
import { chainHealth, type HealthLoss } from "@/server/domain/chain-health";
import { NewChainButton } from "./new-chain-button";

const GOOD = 80;
const POOR = 50;

/** The score of a chain and its two biggest reasons; its panel has every part with what mends it. */
export function ChainHealthBadge({ chain }: { chain: Chain }) {
  const health = chainHealth(chain, useNow());
  if (health === null) return null;
  const { score, losses } = health;
  const remedies = [...new Set(losses.flatMap((loss) => loss.remedy ?? []))];
  return (
    <Popover
      title={t("Health {score} of 100", { score })}
      trigger={
        <Button size="sm" variant="ghost" data-testid={`health-${chain.imageId}`}>
          <HeartPulse aria-hidden />
          {t("Health")}
          <Badge tone={score >= GOOD ? "success" : score >= POOR ? "warning" : "danger"}>{score}</Badge>
          <span className="sr-only">{t("of 100 of chain {imageId}", { imageId: chain.imageId })}</span>
        </Button>
      }
    >
      {losses.length === 0 ? (
        <p>{t("Nothing to do: the chain is short, its full is young, and its files were read again not long ago.")}</p>
      ) : (
        <ul className="space-y-2">
          {losses.map((loss) => (
            <li key={loss.part} className="flex gap-3">
              <b className="w-8 shrink-0 text-end tabular-nums">−{loss.points}</b>
              <span>{said(loss.text)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {remedies.map((remedy) => (
          <Remedy key={remedy} remedy={remedy} chain={chain} />
        ))}
      </div>
    </Popover>
  );
}

function Remedy({ remedy, chain }: { remedy: NonNullable<HealthLoss["remedy"]>; chain: Chain }) {
  switch (remedy) {
    case "verify":
      return <VerifyButton chain={chain} upTo={null} size="sm" />;
    case "new-chain":
      return <NewChainButton chain={chain} />;
    case "keep-less":
      // The next increment merges what is beyond the number.
      return (
        <ButtonLink size="sm" href={`/vms/${chain.vmId}?tab=policy`}>
          {t("Keep fewer points")}
        </ButtonLink>
      );
  }
}
