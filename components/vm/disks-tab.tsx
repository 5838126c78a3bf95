"use client";

import { Ellipsis, HardDrive, Plus } from "lucide-react";
import { useState } from "react";
import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { formatMb } from "@/components/lib/format";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { Table, Td, Th } from "@/components/ui/table";
import type { VmDetail, VmDisk } from "@/server/domain/vm";
import { AttachDiskDialog } from "./attach-disk-dialog";
import { DetachDiskDialog } from "./detach-disk-dialog";
import { DeviceNotices } from "./device-notices";
import { attachReason, detachReason, diskSnapshotReason, resizeReason } from "./device-reasons";
import { ResizeDiskDialog } from "./resize-disk-dialog";
import { TakeSnapshotDialog } from "./take-snapshot-dialog";

/** On phones these stand in short under the disk, so that its actions stay in reach. */
const WIDE = "max-md:hidden";

type Asked = { what: "none" | "attach" } | { what: "detach" | "resize" | "snapshot"; disk: VmDisk };

/** The disks of a VM, whether they are backed up, and what can be done with them. */
export function DisksTab({ vm }: { vm: VmDetail }) {
  const [asked, setAsked] = useState<Asked>({ what: "none" });
  const close = () => setAsked({ what: "none" });
  return (
    <section aria-label={t("Disks of {name}", { name: vm.name })} className="space-y-3">
      <DeviceNotices vm={vm} />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-muted">{nextText(vm)}</p>
        <Button
          disabledReason={attachReason(vm)}
          onClick={() => setAsked({ what: "attach" })}
          data-testid="disk-attach"
        >
          <Plus aria-hidden />
          {t("Attach disk")}
        </Button>
      </div>
      <div className="card rounded-card border border-line bg-surface">
        {vm.disks.length === 0 ? (
          <EmptyState icon={HardDrive} title={t("No disks")}>
            {t("A VM without disks has nothing to back up.")}
          </EmptyState>
        ) : (
          <Table caption={t("Disks of {name}", { name: vm.name })}>
            <thead>
              <tr>
                <Th>{t("Disk")}</Th>
                <Th className={WIDE}>{t("Image")}</Th>
                <Th className={`text-end ${WIDE}`}>{t("Size")}</Th>
                <Th className={WIDE}>{t("Format")}</Th>
                <Th>{t("Backed up")}</Th>
                <Th className={`text-end ${WIDE}`}>{t("Snapshots")}</Th>
                <Th className="relative">
                  <span className="sr-only">{t("Actions")}</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {vm.disks.map((disk) => (
                <DiskRow key={disk.diskId} vm={vm} disk={disk} onAsk={(what) => setAsked({ what, disk })} />
              ))}
            </tbody>
          </Table>
        )}
      </div>
      {asked.what === "attach" && <AttachDiskDialog vm={vm} onClose={close} />}
      {asked.what === "detach" && <DetachDiskDialog vm={vm} disk={asked.disk} onClose={close} />}
      {asked.what === "resize" && <ResizeDiskDialog vm={vm} disk={asked.disk} onClose={close} />}
      {asked.what === "snapshot" && <TakeSnapshotDialog vm={vm} diskId={asked.disk.diskId} onClose={close} />}
    </section>
  );
}

interface DiskRowProps {
  vm: VmDetail;
  disk: VmDisk;
  onAsk: (what: "detach" | "resize" | "snapshot") => void;
}

function DiskRow({ vm, disk, onAsk }: DiskRowProps) {
  const snapshots = vm.snapshots.disks.find((each) => each.diskId === disk.diskId)?.snapshots.length ?? 0;
  return (
    <tr data-testid={`disk-row-${disk.diskId}`}>
      <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium">
        <span className="whitespace-nowrap">
          {disk.diskId} · {disk.target || t("no target")}
        </span>
        <span className="block font-normal text-sm text-muted md:hidden">
          {t(
            "{imageText}, {sizeMb}, {format}{anySnapshots, select, yes {{snapshots, plural, one {, 1 snapshot} other {, {snapshots} snapshots}}} other {}}",
            {
              imageText: imageText(disk),
              sizeMb: formatMb(disk.sizeMb),
              format: disk.format || disk.type,
              anySnapshots: snapshots > 0 ? "yes" : "no",
              snapshots,
            },
          )}
        </span>
      </th>
      <Td className={WIDE}>{imageText(disk)}</Td>
      <Td className={`text-end whitespace-nowrap ${WIDE}`}>{formatMb(disk.sizeMb)}</Td>
      <Td className={WIDE}>{disk.format || "–"}</Td>
      <Td className="max-w-80">
        {disk.isIncluded ? t("✓ Yes") : t("No")}
        {disk.reason !== null && <span className="block text-sm text-muted">{said(disk.reason)}</span>}
      </Td>
      <Td className={`text-end ${WIDE}`}>{snapshots}</Td>
      <Td className="text-end">
        <Menu
          trigger={
            <Button size="icon" variant="ghost" aria-label={t("Actions of disk {diskId}", { diskId: disk.diskId })}>
              <Ellipsis aria-hidden />
            </Button>
          }
        >
          <MenuItem disabledReason={diskSnapshotReason(vm, disk)} onSelect={() => onAsk("snapshot")}>
            {t("Take a snapshot")}
          </MenuItem>
          <MenuItem disabledReason={resizeReason(vm, disk)} onSelect={() => onAsk("resize")}>
            {t("Resize")}
          </MenuItem>
          <MenuItem isDanger disabledReason={detachReason(vm, disk)} onSelect={() => onAsk("detach")}>
            {t("Detach")}
          </MenuItem>
        </Menu>
      </Td>
    </tr>
  );
}

function imageText(disk: VmDisk): string {
  if (disk.type === "SWAP") return t("swap");
  if (disk.isVolatile) return t("volatile");
  return disk.imageId === null ? t("registered file") : t("copy of image {imageId}", { imageId: disk.imageId });
}

function nextText(vm: Pick<VmDetail, "nextBackup">): string {
  const { type, reason } = vm.nextBackup;
  return type === "INCREMENT"
    ? t("The next backup is an increment.")
    : t("The next backup is a full one. {reason}", { reason: reason ?? "" });
}
