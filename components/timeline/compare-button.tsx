"use client";

import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import { t } from "@/components/i18n/t";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { compareLabel } from "./compare-state";
import type { Comparing } from "./use-compare-param";

/** Marks a point for comparison, or compares it with the one that is marked. */
export function CompareButton({
  chain,
  point,
  comparing,
}: {
  chain: Chain;
  point: RestorePoint;
  comparing: Comparing;
}) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.verification.options.queryOptions({ imageId: chain.imageId }));
  const reason =
    chain.points.length < 2
      ? t("The backup has no other point to compare with. Only points of one chain can be compared.")
      : (data?.compareReason ?? null);
  return (
    <Button disabledReason={reason} onClick={() => comparing.mark(point)} data-testid="point-compare">
      <ArrowLeftRight aria-hidden />
      {compareLabel(comparing.state, point)}
    </Button>
  );
}
