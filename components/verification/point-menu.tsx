"use client";

import { MonitorPlay, MoreHorizontal, Pin, PinOff, ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { t } from "../i18n/t";
import { PinDialog } from "../retention/pin-dialog";
import { pinReason } from "../retention/point-fate";
import { usePinCommands } from "../retention/use-pin-commands";
import { pointName } from "../timeline/point-label";
import { Button } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";
import { useStartCheck } from "./use-start-check";

/** The checks and the pin of one row. Checks only read, so they start without a question; the core says why when one cannot. */
export function PointMenu({ chain, point }: { chain: Chain; point: RestorePoint }) {
  const { verify, bootCheck } = useStartCheck();
  const { unpin } = usePinCommands();
  const [isPinning, setIsPinning] = useState(false);
  const { imageId, incrementId } = point;
  const reason =
    chain.state === "READY"
      ? null
      : t("The backup is in state {state}. Wait for what uses it.", { state: chain.state });
  const broken = point.broken === null ? null : t("This point cannot be restored: {broken}", { broken: point.broken });
  return (
    <>
      <Menu
        trigger={
          <Button
            size="icon-sm"
            variant="ghost"
            aria-label={t("Checks and pin of {pointName}", { pointName: pointName(point, chain) })}
          >
            <MoreHorizontal aria-hidden />
          </Button>
        }
      >
        <MenuItem disabledReason={reason} onSelect={() => verify.mutate({ imageId, incrementId })}>
          <ShieldCheck aria-hidden /> {t("Verify point")}
        </MenuItem>
        <MenuItem disabledReason={reason ?? broken} onSelect={() => bootCheck.mutate({ imageId, incrementId })}>
          <MonitorPlay aria-hidden /> {t("Boot check")}
        </MenuItem>
        <MenuItem disabledReason={pinReason(chain, point)} onSelect={() => setIsPinning(true)}>
          <Pin aria-hidden /> {point.pin == null ? t("Pin…") : t("Change pin…")}
        </MenuItem>
        {point.pin == null ? null : (
          <MenuItem onSelect={() => unpin.mutate({ imageId, incrementId })}>
            <PinOff aria-hidden /> {t("Unpin")}
          </MenuItem>
        )}
      </Menu>
      <PinDialog chain={chain} point={point} isOpen={isPinning} onOpenChange={setIsPinning} />
    </>
  );
}
