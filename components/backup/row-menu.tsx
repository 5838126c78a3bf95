"use client";

import { useQuery } from "@tanstack/react-query";
import { CirclePause, Combine, MoreHorizontal, Pin, RotateCcw, ShieldCheck, Trash2, UserCog } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { AccessCard } from "@/components/access/access-card";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { restoreHref } from "@/components/restore/wizard-state";
import { PinDialog } from "@/components/retention/pin-dialog";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/skeleton";
import { useStartCheck } from "@/components/verification/use-start-check";
import type { CatalogueRow } from "@/server/domain/backup-catalogue";
import { CloseChainDialog } from "./close-chain-dialog";
import { DeleteBackupDialog } from "./delete-backup";
import { FlattenDialog } from "./flatten-dialog";
import { rowReasons } from "./row-reasons";

type Asked = "pin" | "flatten" | "close" | "access" | "delete";

/** What can be done with a backup of the catalogue; what cannot says why. A check only reads, so it starts at once. */
export function RowMenu({ row }: { row: CatalogueRow }) {
  const router = useRouter();
  const { verify } = useStartCheck();
  const [asked, setAsked] = useState<Asked | null>(null);
  const { imageId, vmId } = row;
  const reasons = rowReasons(row);
  return (
    <>
      <Menu
        trigger={
          <Button
            size="icon-sm"
            variant="ghost"
            aria-label={t("Actions of backup {imageId} of {vmName}", { imageId, vmName: row.vmName })}
          >
            <MoreHorizontal aria-hidden />
          </Button>
        }
      >
        <MenuItem disabledReason={reasons.restore} onSelect={() => router.push(restoreHref({ vmId, imageId }))}>
          <RotateCcw aria-hidden /> {t("Restore…")}
        </MenuItem>
        <MenuItem disabledReason={reasons.verify} onSelect={() => verify.mutate({ imageId, incrementId: null })}>
          <ShieldCheck aria-hidden /> {t("Verify")}
        </MenuItem>
        <MenuItem disabledReason={reasons.pin} onSelect={() => setAsked("pin")}>
          <Pin aria-hidden /> {t("Pin the newest point…")}
        </MenuItem>
        <MenuItem disabledReason={reasons.flatten} onSelect={() => setAsked("flatten")}>
          <Combine aria-hidden /> {t("Merge the oldest points…")}
        </MenuItem>
        <MenuItem disabledReason={reasons.close} onSelect={() => setAsked("close")}>
          <CirclePause aria-hidden /> {t("Close chain…")}
        </MenuItem>
        <MenuItem onSelect={() => setAsked("access")}>
          <UserCog aria-hidden /> {t("Access and lock…")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDanger disabledReason={reasons.delete} onSelect={() => setAsked("delete")}>
          <Trash2 aria-hidden /> {t("Delete…")}
        </MenuItem>
      </Menu>
      {asked === null ? null : <Asked asked={asked} row={row} onClose={() => setAsked(null)} />}
    </>
  );
}

interface AskedProps {
  asked: Asked;
  row: CatalogueRow;
  onClose: () => void;
}

function Asked({ asked, row, onClose }: AskedProps) {
  switch (asked) {
    case "flatten":
      return <FlattenDialog row={row} onClose={onClose} />;
    case "close":
      return <CloseChainDialog chain={row} isOpen onOpenChange={onClose} />;
    case "access":
      return (
        <Dialog
          isOpen
          onOpenChange={onClose}
          title={t("Access and lock of backup {imageId} of {vmName}", { imageId: row.imageId, vmName: row.vmName })}
        >
          <AccessCard kind="image" id={row.imageId} name={t("backup {imageId}", { imageId: row.imageId })} />
        </Dialog>
      );
    case "pin":
    case "delete":
      return <WithPoints asked={asked} row={row} onClose={onClose} />;
  }
}

/** The dialogs that are about points: these are read first. */
function WithPoints({ asked, row, onClose }: AskedProps) {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.backup.get.queryOptions({ imageId: row.imageId }));
  const newest = data?.points.at(-1);
  if (data !== undefined && asked === "delete") {
    return <DeleteBackupDialog chain={data} isOpen onOpenChange={onClose} />;
  }
  if (data !== undefined && newest !== undefined) {
    return <PinDialog chain={data} point={newest} isOpen onOpenChange={onClose} />;
  }
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("Backup {imageId} of {vmName}", { imageId: row.imageId, vmName: row.vmName })}
    >
      {error === null ? <Skeleton className="h-24 w-full" /> : <p className="text-danger">{errorMessage(error)}</p>}
    </Dialog>
  );
}
