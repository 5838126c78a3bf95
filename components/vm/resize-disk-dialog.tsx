"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatMb } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import type { VmDetail, VmDisk } from "@/server/domain/vm";
import { ResizeDisk } from "@/server/domain/vm-devices";
import { useDeviceRun } from "./use-device-run";

/** Grow a disk of a powered-off VM. */
export function ResizeDiskDialog({ vm, disk, onClose }: { vm: VmDetail; disk: VmDisk; onClose: () => void }) {
  const trpc = useTRPC();
  const form = useId();
  const [size, setSize] = useState(String(disk.sizeMb));
  const taken = useDeviceRun(onClose);
  const resize = useMutation(
    trpc.vm.resizeDisk.mutationOptions(taken(t("Resizing disk {diskId}", { diskId: disk.diskId }))),
  );
  const parsed = ResizeDisk.safeParse({ vmId: vm.id, diskId: disk.diskId, sizeMb: Number(size) });
  const problem = !parsed.success
    ? (parsed.error.issues[0]?.message ?? t("Give a size."))
    : parsed.data.sizeMb <= disk.sizeMb
      ? t("Give more than {sizeMb} MiB: a disk can only grow.", { sizeMb: disk.sizeMb })
      : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (parsed.success && problem === null) resize.mutate(parsed.data);
  }

  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("Resize disk {diskId} ({target}) of {name}", {
        diskId: disk.diskId,
        target: disk.target,
        name: vm.name,
      })}
      description={t("It has {sizeMb} now. The guest grows its partitions and file systems itself.", {
        sizeMb: formatMb(disk.sizeMb),
      })}
      footer={
        <>
          <Button onClick={onClose}>{t("Leave it")}</Button>
          <Button type="submit" form={form} variant="primary" isBusy={resize.isPending} disabledReason={problem}>
            {t("Resize disk")}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="space-y-4" noValidate>
        <Field
          label={t("New size in MiB")}
          isRequired
          error={problem !== null && size !== String(disk.sizeMb) ? problem : undefined}
        >
          {(control) => (
            <Input {...control} inputMode="numeric" value={size} onChange={(event) => setSize(event.target.value)} />
          )}
        </Field>
        {disk.isIncluded && vm.backupConfig.incrementalBackupId !== -1 && (
          <Notice tone="warning">{t("The open chain is closed: the next backup is a full one.")}</Notice>
        )}
        {resize.isError && (
          <Notice tone="danger" isAlert title={t("The disk was not resized")}>
            {errorMessage(resize.error)}
          </Notice>
        )}
      </form>
    </Dialog>
  );
}
