"use client";

import { Camera } from "lucide-react";
import { useState } from "react";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { formatMb } from "@/components/lib/format";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { Table, Td, Th } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { VmDetail } from "@/server/domain/vm";
import { DeviceNotices } from "./device-notices";
import { diskRevertReason, diskSnapshotDeleteReason, systemChangeReason, systemSnapshotReason } from "./device-reasons";
import { snapshotCount } from "./snapshot-count";
import { type ChosenSnapshot, SnapshotDialog } from "./snapshot-dialog";
import { treeOf } from "./snapshot-tree";
import { TakeSnapshotDialog } from "./take-snapshot-dialog";

/** Snapshots of the VM with its memory, and of each disk as a tree. */
export function SnapshotsTab({ vm }: { vm: VmDetail }) {
  const [isTaking, setIsTaking] = useState(false);
  const [chosen, setChosen] = useState<ChosenSnapshot | null>(null);
  return (
    <div className="space-y-6">
      <DeviceNotices vm={vm} />
      {vm.backupConfig.mode === "INCREMENT" ? (
        <Notice tone="info" title={t("No new snapshots while backups are incremental")}>
          {t(
            "Snapshots and the records of changes that increments are made from break each other. Set the backup mode to Full under Policy to take snapshots.",
          )}
        </Notice>
      ) : (
        snapshotCount(vm) > 0 && (
          <Notice tone="info">{t("While there are snapshots, the backup mode cannot be Increment.")}</Notice>
        )
      )}
      <section aria-label={t("Snapshots of the VM")} className="space-y-3">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h3 className="font-medium">{t("Whole VM, with memory")}</h3>
          <Button
            disabledReason={systemSnapshotReason(vm)}
            onClick={() => setIsTaking(true)}
            data-testid="snapshot-create"
          >
            <Camera aria-hidden />
            {t("Take snapshot")}
          </Button>
        </div>
        <SystemSnapshots vm={vm} onChoose={setChosen} />
      </section>
      <section aria-label={t("Snapshots of disks")} className="space-y-3">
        <h3 className="font-medium">{t("Disks")}</h3>
        <DiskTrees vm={vm} onChoose={setChosen} />
      </section>
      {isTaking && <TakeSnapshotDialog vm={vm} diskId={null} onClose={() => setIsTaking(false)} />}
      {chosen !== null && <SnapshotDialog vm={vm} chosen={chosen} onClose={() => setChosen(null)} />}
    </div>
  );
}

interface ListProps {
  vm: VmDetail;
  onChoose: (chosen: ChosenSnapshot) => void;
}

function SystemSnapshots({ vm, onChoose }: ListProps) {
  const reason = systemChangeReason(vm);
  return (
    <div className="card rounded-card border border-line bg-surface">
      {vm.snapshots.system.length === 0 ? (
        <EmptyState icon={Camera} title={t("No snapshots of the VM")}>
          {t("They keep memory and disks of a running VM.")}
        </EmptyState>
      ) : (
        <Table caption={t("Snapshots of {name} with memory", { name: vm.name })}>
          <thead>
            <tr>
              <Th>{t("Snapshot")}</Th>
              <Th className="max-md:hidden">{t("Taken")}</Th>
              <ActionsHead />
            </tr>
          </thead>
          <tbody>
            {vm.snapshots.system.map((snapshot) => (
              <tr key={snapshot.id}>
                <NameHead name={snapshot.name} id={snapshot.id} at={snapshot.at} />
                <Td className="max-md:hidden">
                  <Time at={snapshot.at} short />
                </Td>
                <Td className="text-end">
                  <Pair
                    name={snapshot.name}
                    revertReason={reason}
                    deleteReason={reason}
                    onChoose={(verb) => onChoose({ ...snapshot, verb, diskId: null })}
                  />
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </div>
  );
}

function DiskTrees({ vm, onChoose }: ListProps) {
  if (vm.snapshots.disks.length === 0) {
    return (
      <div className="card rounded-card border border-line bg-surface">
        <EmptyState icon={Camera} title={t("No disk snapshots")}>
          {t("Take one from the menu of a disk, under Disks.")}
        </EmptyState>
      </div>
    );
  }
  return vm.snapshots.disks.map((disk) => (
    <div key={disk.diskId} className="card rounded-card border border-line bg-surface">
      <Table caption={t("Snapshots of disk {diskId} of {name}", { diskId: disk.diskId, name: vm.name })}>
        <thead>
          <tr>
            <Th>{t("Disk {diskId}", { diskId: disk.diskId })}</Th>
            <Th className="max-md:hidden">{t("Taken")}</Th>
            <Th className="max-md:hidden text-end">{t("Disk size")}</Th>
            <ActionsHead />
          </tr>
        </thead>
        <tbody>
          {treeOf(disk).map(({ snapshot, depth, isCurrent }) => (
            <tr key={snapshot.id} data-testid={`snapshot-${disk.diskId}-${snapshot.id}`}>
              <NameHead
                name={snapshot.name}
                id={snapshot.id}
                at={snapshot.at}
                depth={depth}
                isCurrent={isCurrent}
                parentId={snapshot.parentId}
              />
              <Td className="max-md:hidden">
                <Time at={snapshot.at} short />
              </Td>
              <Td className="max-md:hidden text-end whitespace-nowrap">{formatMb(snapshot.sizeMb)}</Td>
              <Td className="text-end">
                <Pair
                  name={snapshot.name}
                  revertReason={diskRevertReason(vm)}
                  deleteReason={diskSnapshotDeleteReason(vm)}
                  onChoose={(verb) => onChoose({ ...snapshot, verb, diskId: disk.diskId })}
                />
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  ));
}

interface NameHeadProps {
  name: string;
  id: number;
  at: number;
  depth?: number;
  isCurrent?: boolean;
  parentId?: number;
}

/** Its place in the tree is shown by its indent and told in words to screen readers. */
function NameHead({ name, id, at, depth = 0, isCurrent = false, parentId = -1 }: NameHeadProps) {
  return (
    <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium wrap-anywhere">
      <span className="flex items-start gap-2" style={{ paddingInlineStart: `${Math.min(depth, 6)}rem` }}>
        {depth > 0 && (
          <span aria-hidden className="shrink-0 text-muted">
            └
          </span>
        )}
        <span className="min-w-0">
          {name} <span className="font-normal whitespace-nowrap text-muted">{t("ID {id}", { id })}</span>
          {parentId >= 0 && <span className="sr-only">{t(", stands on snapshot {parentId}", { parentId })}</span>}
          <span className="block font-normal text-sm text-muted md:hidden">
            <Time at={at} short />
          </span>
          {isCurrent && (
            <span className="block pt-0.5">
              <Badge tone="info">{t("The disk stands here")}</Badge>
            </span>
          )}
        </span>
      </span>
    </th>
  );
}

function ActionsHead() {
  return (
    <Th className="relative">
      <span className="sr-only">{t("Actions")}</span>
    </Th>
  );
}

interface PairProps {
  name: string;
  revertReason: string | null;
  deleteReason: string | null;
  onChoose: (verb: "revert" | "delete") => void;
}

function Pair({ name, revertReason, deleteReason, onChoose }: PairProps) {
  return (
    <span className="inline-flex flex-col items-stretch gap-2 md:flex-row">
      <Button
        size="sm"
        disabledReason={revertReason}
        aria-label={t("Revert to {name}", { name })}
        onClick={() => onChoose("revert")}
      >
        {t("Revert")}
      </Button>
      <Button
        size="sm"
        disabledReason={deleteReason}
        aria-label={t("Delete {name}", { name })}
        onClick={() => onChoose("delete")}
      >
        {t("Delete")}
      </Button>
    </span>
  );
}
