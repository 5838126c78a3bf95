"use client";

import { useRouter } from "next/navigation";
import { restoreHref } from "@/components/restore/wizard-state";
import type { Chain } from "@/server/domain/backup";
import type { TimelineMarks } from "@/server/domain/timeline-marks";
import { Timeline } from "./timeline";
import { useCompareParam } from "./use-compare-param";
import { usePointParam } from "./use-point-param";

/** The timeline of a page: selection in the URL, restore opens the wizard at that very point. */
export function TimelinePanel({
  chains,
  marks,
}: {
  chains: Chain[];
  /** What went wrong beside the points, where that is known. */
  marks?: TimelineMarks | undefined;
}) {
  const router = useRouter();
  const { selected, select } = usePointParam();
  const comparing = useCompareParam();
  const vmOf = (imageId: number) => chains.find((chain) => chain.imageId === imageId)?.vmId ?? 0;
  return (
    <Timeline
      chains={chains}
      selected={selected}
      onSelect={select}
      comparing={comparing}
      marks={marks}
      onRestore={({ imageId, incrementId }) => router.push(restoreHref({ vmId: vmOf(imageId), imageId, incrementId }))}
      onRestoreInPlace={({ imageId, incrementId }) =>
        router.push(restoreHref({ vmId: vmOf(imageId), imageId, incrementId, how: "in-place" }))
      }
    />
  );
}
