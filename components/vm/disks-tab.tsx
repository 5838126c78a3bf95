"use client";

import { Ellipsis, HardDrive, Plus } from "lucide-react";
import { useState } from "react";
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
    <section aria-label={`Disks of ${vm.name}`} className="space-y-3">
      <DeviceNotices vm={vm} />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-muted">{nextText(vm)}</p>
        <Button
          disabledReason={attachReason(vm)}
          onClick={() => setAsked({ what: "attach" })}
          data-testid="disk-attach"
        >
          <Plus aria-hidden />
          Attach disk
        </Button>
      </div>
      <div className="card rounded-card border border-line bg-surface">
        {vm.disks.length === 0 ? (
          <EmptyState icon={HardDrive} title="No disks">
            A VM without disks has nothing to back up.
          </EmptyState>
        ) : (
          <Table caption={`Disks of ${vm.name}`}>
            <thead>
              <tr>
                <Th>Disk</Th>
                <Th className={WIDE}>Image</Th>
                <Th className={`text-end ${WIDE}`}>Size</Th>
                <Th className={WIDE}>Format</Th>
                <Th>Backed up</Th>
                <Th className={`text-end ${WIDE}`}>Snapshots</Th>
                <Th className="relative">
                  <span className="sr-only">Actions</span>
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
          {disk.diskId} · {disk.target || "no target"}
        </span>
        <span className="block font-normal text-sm text-muted md:hidden">
          {imageText(disk)}, {formatMb(disk.sizeMb)}, {disk.format || disk.type}
          {snapshots > 0 && (snapshots === 1 ? ", 1 snapshot" : `, ${snapshots} snapshots`)}
        </span>
      </th>
      <Td className={WIDE}>{imageText(disk)}</Td>
      <Td className={`text-end whitespace-nowrap ${WIDE}`}>{formatMb(disk.sizeMb)}</Td>
      <Td className={WIDE}>{disk.format || "–"}</Td>
      <Td className="max-w-80">
        {disk.isIncluded ? "✓ Yes" : "No"}
        {disk.reason !== null && <span className="block text-sm text-muted">{disk.reason}</span>}
      </Td>
      <Td className={`text-end ${WIDE}`}>{snapshots}</Td>
      <Td className="text-end">
        <Menu
          trigger={
            <Button size="icon" variant="ghost" aria-label={`Actions of disk ${disk.diskId}`}>
              <Ellipsis aria-hidden />
            </Button>
          }
        >
          <MenuItem disabledReason={diskSnapshotReason(vm, disk)} onSelect={() => onAsk("snapshot")}>
            Take a snapshot
          </MenuItem>
          <MenuItem disabledReason={resizeReason(vm, disk)} onSelect={() => onAsk("resize")}>
            Resize
          </MenuItem>
          <MenuItem isDanger disabledReason={detachReason(vm, disk)} onSelect={() => onAsk("detach")}>
            Detach
          </MenuItem>
        </Menu>
      </Td>
    </tr>
  );
}

function imageText(disk: VmDisk): string {
  if (disk.type === "SWAP") return "swap";
  if (disk.isVolatile) return "volatile";
  return disk.imageId === null ? "registered file" : `copy of image ${disk.imageId}`;
}

function nextText(vm: Pick<VmDetail, "nextBackup">): string {
  const { type, reason } = vm.nextBackup;
  return type === "INCREMENT" ? "The next backup is an increment." : `The next backup is a full one. ${reason ?? ""}`;
}
