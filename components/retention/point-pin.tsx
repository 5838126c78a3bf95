"use client";

import { Pin, PinOff } from "lucide-react";
import { useState } from "react";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { said } from "../i18n/said";
import { rich, t } from "../i18n/t";
import { Button } from "../ui/button";
import { Time } from "../ui/time";
import { PinDialog } from "./pin-dialog";
import { pinReason } from "./point-fate";
import { usePinCommands } from "./use-pin-commands";

/** What the next backup does to a point and why, who has pinned it, and the buttons to pin and unpin it. */
export function PointPin({ chain, point }: { chain: Chain; point: RestorePoint }) {
  const [isOpen, setIsOpen] = useState(false);
  const { unpin } = usePinCommands();
  const { imageId, incrementId, pin, fate } = point;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line pt-3 text-sm">
      <Button
        size="sm"
        disabledReason={pinReason(chain, point)}
        onClick={() => setIsOpen(true)}
        data-testid="point-pin"
      >
        <Pin aria-hidden /> {pin == null ? t("Pin") : t("Change pin")}
      </Button>
      {pin == null ? null : (
        <Button
          size="sm"
          isBusy={unpin.isPending}
          onClick={() => unpin.mutate({ imageId, incrementId })}
          data-testid="point-unpin"
        >
          <PinOff aria-hidden /> {t("Unpin")}
        </Button>
      )}
      <span className="min-w-0 text-muted wrap-anywhere" data-testid="point-fate">
        {pin == null ? null : (
          <>
            {t("Pinned by {userName}", { userName: pin.userName })}{" "}
            {pin.until === null ? t("without end") : <>{rich("until {until}", { until: <Time at={pin.until} /> })}</>}
            {pin.note === "" ? ". " : `: ${pin.note}. `}
          </>
        )}
        {fate == null ? null : <FateSentence fate={fate} />}
      </span>
      <PinDialog chain={chain} point={point} isOpen={isOpen} onOpenChange={setIsOpen} />
    </div>
  );
}

function FateSentence({ fate }: { fate: NonNullable<RestorePoint["fate"]> }) {
  if (fate.fate === "keep") return <>{t("The next backup leaves it: {reason}.", { reason: said(fate.reason) })}</>;
  return (
    <>
      {rich("The next backup {isMerge, select, yes {merges} other {deletes}} it ({time}): {reason}.", {
        isMerge: fate.fate === "merge" ? "yes" : "no",
        time: <Time at={fate.at} />,
        reason: said(fate.reason),
      })}
    </>
  );
}
