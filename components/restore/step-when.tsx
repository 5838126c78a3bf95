"use client";

import { useRouter } from "next/navigation";
import { filesHref } from "@/components/files/browse-link";
import { t } from "@/components/i18n/t";
import { type PointRef, restorablePoints } from "@/components/timeline/point-ref";
import { Timeline } from "@/components/timeline/timeline";
import { Button } from "@/components/ui/button";
import type { RestorePoint } from "@/server/domain/backup";
import { ChosenPoint } from "./chosen-point";
import { NewestBefore } from "./newest-before";
import { newestChecked } from "./point-choice";
import type { Wizard } from "./use-wizard";

/** Step 2: which point. The chosen one stands in large letters; it is the one that is sent. */
export function StepWhen({ wizard, onMoving }: { wizard: Wizard; onMoving: () => void }) {
  const { chains, choices } = wizard;
  const router = useRouter();
  const isFiles = wizard.draft.scope === "files";
  const [newest] = restorablePoints(chains);
  const checked = newestChecked(chains);
  const place = (point: PointRef) => ({ vm: wizard.draft.vm, image: point.imageId, inc: point.incrementId });
  const select = (point: PointRef) => wizard.update(place(point));
  const proceed = (point: PointRef) => {
    onMoving();
    if (isFiles) router.push(filesHref(point));
    else wizard.go("disks", place(point));
  };

  return (
    <div className="space-y-4">
      <ChosenPoint choice={choices.point} />
      <div className="flex flex-wrap items-end gap-3">
        <QuickPick
          label={t("Newest")}
          point={newest ?? null}
          why={t("There is no point that can be restored.")}
          onPick={select}
        />
        <QuickPick
          label={t("Newest checksummed")}
          point={checked}
          why={t("No point of this machine has been compared with its checksums.")}
          onPick={select}
        />
        <NewestBefore chains={chains} onPick={select} />
      </div>
      <Timeline
        chains={chains}
        selected={choices.point.kind === "chosen" ? choices.point.point : null}
        onSelect={select}
        onRestore={proceed}
        restoreLabel={isFiles ? t("Browse files") : t("Use this point")}
      />
    </div>
  );
}

function QuickPick({
  label,
  point,
  why,
  onPick,
}: {
  label: string;
  point: RestorePoint | null;
  why: string;
  onPick: (point: RestorePoint) => void;
}) {
  return (
    <Button disabledReason={point === null ? why : null} onClick={() => point !== null && onPick(point)}>
      {label}
    </Button>
  );
}
