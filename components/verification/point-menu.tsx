"use client";

import { MonitorPlay, MoreHorizontal, ShieldCheck } from "lucide-react";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { pointName } from "../timeline/point-label";
import { Button } from "../ui/button";
import { Menu, MenuItem } from "../ui/menu";
import { useStartCheck } from "./use-start-check";

/** The checks of one row. Both only read, so they start without a question; the core says why when one cannot. */
export function PointMenu({ chain, point }: { chain: Chain; point: RestorePoint }) {
  const { verify, bootCheck } = useStartCheck();
  const { imageId, incrementId } = point;
  const reason = chain.state === "READY" ? null : `The backup is in state ${chain.state}. Wait for what uses it.`;
  const broken = point.broken === null ? null : `This point cannot be restored: ${point.broken}`;
  return (
    <Menu
      trigger={
        <Button size="icon-sm" variant="ghost" aria-label={`Checks of ${pointName(point, chain)}`}>
          <MoreHorizontal aria-hidden />
        </Button>
      }
    >
      <MenuItem disabledReason={reason} onSelect={() => verify.mutate({ imageId, incrementId })}>
        <ShieldCheck aria-hidden /> Verify point
      </MenuItem>
      <MenuItem disabledReason={reason ?? broken} onSelect={() => bootCheck.mutate({ imageId, incrementId })}>
        <MonitorPlay aria-hidden /> Boot check
      </MenuItem>
    </Menu>
  );
}
