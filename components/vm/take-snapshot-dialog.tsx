"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { SnapshotName } from "@/server/domain/disk-snapshots";
import type { VmDetail } from "@/server/domain/vm";
import { useDeviceRun } from "./use-device-run";

interface TakeSnapshotDialogProps {
  vm: VmDetail;
  /** Null: of the whole VM, memory included. */
  diskId: number | null;
  onClose: () => void;
}

/** Name a snapshot of a disk, or of a running VM, and take it. */
export function TakeSnapshotDialog({ vm, diskId, onClose }: TakeSnapshotDialogProps) {
  const trpc = useTRPC();
  const form = useId();
  const [name, setName] = useState("");
  const taken = useDeviceRun(onClose);
  const ofDisk = useMutation(
    trpc.vm.createDiskSnapshot.mutationOptions(taken(t("Snapshot of disk {diskId}", { diskId: diskId ?? "" }))),
  );
  const ofVm = useMutation(trpc.vm.createSnapshot.mutationOptions(taken(t("Snapshot of {name}", { name: vm.name }))));
  const used = diskId === null ? ofVm : ofDisk;
  const parsed = SnapshotName.safeParse(name);
  const problem = parsed.success ? null : (parsed.error.issues[0]?.message ?? t("Choose another name."));

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!parsed.success) return;
    if (diskId === null) ofVm.mutate({ vmId: vm.id, name: parsed.data });
    else ofDisk.mutate({ vmId: vm.id, diskId, name: parsed.data });
  }

  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={
        diskId === null
          ? t("Snapshot of {name}", { name: vm.name })
          : t("Snapshot of disk {diskId} of {name}", { diskId, name: vm.name })
      }
      description={
        diskId === null
          ? t(
              "Memory and disks of this moment, kept inside the disks. The guest stands still while its memory is written.",
            )
          : t("The disk of this moment, kept inside the disk's file. It is no backup: it goes with the disk.")
      }
      footer={
        <>
          <Button onClick={onClose}>{t("Not now")}</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            isBusy={used.isPending}
            disabledReason={problem}
            data-testid="snapshot-take"
          >
            {t("Take snapshot")}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="space-y-4" noValidate>
        <Field
          label={t("Name")}
          help={t("Left empty, it is numbered. While there are snapshots, backups cannot be incremental.")}
          error={problem ?? undefined}
        >
          {(control) => (
            <Input
              {...control}
              value={name}
              autoComplete="off"
              maxLength={128}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        {used.isError && (
          <Notice tone="danger" isAlert title={t("No snapshot was taken")}>
            {errorMessage(used.error)}
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
