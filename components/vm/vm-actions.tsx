"use client";

import { Ellipsis, HardDriveDownload, RotateCcw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { BackupDialog } from "@/components/backup/backup-dialog";
import { useAsked } from "@/components/hooks/use-asked";
import { t } from "@/components/i18n/t";
import { restoreHref } from "@/components/restore/wizard-state";
import { usePointParam } from "@/components/timeline/use-point-param";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { RefusedDialog } from "@/components/ui/refused-dialog";
import type { VmDetail } from "@/server/domain/vm";
import { BulkDialog } from "./bulk-dialog";
import { ChangeDemoDisk } from "./change-demo-disk";
import { DeleteVmDialog } from "./delete-vm-dialog";
import { VmPower } from "./vm-power";
import { backupReason, configureReason, deleteReason, inPlaceReason } from "./vm-reasons";

/** What a link may open. */
const ASKED = ["backup"] as const;

/** What can be done with a VM; what cannot says why. */
export function VmActions({ vm }: { vm: VmDetail }) {
  const [open, setOpen] = useState<"none" | "backup" | "leave-out" | "delete">("none");
  const router = useRouter();
  const { selected } = usePointParam();
  const { asked, done } = useAsked(ASKED);
  const noBackup = backupReason(vm);
  const close = (isOpen: boolean) => {
    setOpen((current) => (isOpen ? current : "none"));
    if (!isOpen && asked !== null) done();
  };

  return (
    <>
      {vm.isDemo && <ChangeDemoDisk vm={vm} />}
      <VmPower vm={vm} />
      <Button
        disabledReason={vm.pointCount === 0 ? t("This VM has no restore point yet. Back it up first.") : null}
        onClick={() => router.push(restoreHref({ vmId: vm.id, ...(selected ?? {}) }))}
        data-testid="vm-restore"
      >
        <RotateCcw aria-hidden />
        {t("Restore")}
      </Button>
      <Button variant="primary" disabledReason={noBackup} onClick={() => setOpen("backup")} data-testid="vm-backup">
        <HardDriveDownload aria-hidden />
        {t("Back up now")}
      </Button>
      <Menu
        trigger={
          <Button size="icon" aria-label={t("More actions of {name}", { name: vm.name })}>
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        <MenuItem
          disabledReason={inPlaceReason(vm)}
          onSelect={() => router.push(restoreHref({ vmId: vm.id, ...(selected ?? {}), how: "in-place" }))}
        >
          {t("Restore in place")}
        </MenuItem>
        <MenuItem disabledReason={configureReason(vm)} onSelect={() => setOpen("leave-out")}>
          {t("Leave out of backups")}
        </MenuItem>
        <MenuItem isDanger disabledReason={deleteReason(vm)} onSelect={() => setOpen("delete")}>
          {t("Delete VM")}
        </MenuItem>
      </Menu>
      <BackupDialog
        vm={vm}
        isOpen={open === "backup" || (asked === "backup" && noBackup === null)}
        onOpenChange={close}
      />
      {asked === "backup" && noBackup !== null ? (
        <RefusedDialog
          title={t("{name} cannot be backed up now", { name: vm.name })}
          reason={noBackup}
          onClose={() => close(false)}
        />
      ) : null}
      {open === "leave-out" ? (
        <BulkDialog what="leave-out" vmIds={[vm.id]} onClose={() => setOpen("none")} onDone={() => undefined} />
      ) : null}
      <DeleteVmDialog vm={vm} isOpen={open === "delete"} onOpenChange={close} />
    </>
  );
}
