"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { errorMessage } from "@/components/lib/error-message";
import { formatMb } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { RadioCards } from "@/components/ui/radio-cards";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import type { VmDetail } from "@/server/domain/vm";
import { AttachDisk } from "@/server/domain/vm-devices";
import { useDeviceRun } from "./use-device-run";

const SHOWN = 200;

/** Add a disk: a copy of an image, or an empty one. */
export function AttachDiskDialog({ vm, onClose }: { vm: VmDetail; onClose: () => void }) {
  const trpc = useTRPC();
  const form = useId();
  const [kind, setKind] = useState<"image" | "volatile">("image");
  const [imageId, setImageId] = useState("");
  const [sizeMb, setSizeMb] = useState("1024");
  const [target, setTarget] = useState("");
  const images = useQuery(trpc.image.list.queryOptions({ offset: 0, limit: SHOWN, descending: true }));
  const usable = (images.data?.rows ?? []).filter(
    (image) => ["OS", "DATABLOCK", "CDROM"].includes(image.type) && ["READY", "USED"].includes(image.state),
  );
  const taken = useDeviceRun(onClose);
  const attach = useMutation(
    trpc.vm.attachDisk.mutationOptions(taken(t("Attaching a disk to {name}", { name: vm.name }))),
  );
  const source =
    kind === "image"
      ? { kind, imageId: imageId === "" ? (usable[0]?.id ?? -1) : Number(imageId) }
      : { kind, sizeMb: Number(sizeMb), format: "qcow2" };
  const parsed = AttachDisk.safeParse({ vmId: vm.id, source, target: target.trim() === "" ? null : target.trim() });
  const problems = problemsOf(parsed, kind === "image" && usable.length === 0);
  const refusal = problems.image ?? problems.size ?? problems.target ?? null;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (parsed.success && refusal === null) attach.mutate(parsed.data);
  }

  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={t("Attach a disk to {name}", { name: vm.name })}
      description={
        vm.state === "RUNNING"
          ? t("The guest sees it as soon as it is made.")
          : t("The guest sees it at its next start.")
      }
      footer={
        <>
          <Button onClick={onClose}>{t("Not now")}</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            isBusy={attach.isPending}
            disabledReason={refusal}
            data-testid="disk-attach-submit"
          >
            {t("Attach disk")}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="space-y-4" noValidate>
        <RadioCards
          legend={t("What")}
          value={kind}
          onValueChange={setKind}
          columns={2}
          options={[
            { value: "image", label: t("Copy of an image"), help: t("The image itself is not changed.") },
            { value: "volatile", label: t("Empty disk"), help: t("Volatile: it goes with the VM.") },
          ]}
        />
        {kind === "image" ? (
          <Field label={t("Image")} help={t("A restored disk is an image, too.")}>
            {(control) => {
              if (images.isPending) return <Skeleton className="h-9 w-full" />;
              if (images.isError) {
                return <ErrorState error={images.error} what={t("the images")} onRetry={() => void images.refetch()} />;
              }
              return (
                <Select {...control} value={imageId} onChange={(event) => setImageId(event.target.value)}>
                  {usable.length === 0 && <option value="">{t("No image can be used")}</option>}
                  {usable.map((image) => (
                    <option key={image.id} value={image.id}>
                      {image.id}: {image.name} ({formatMb(image.sizeMb)}, {image.format})
                    </option>
                  ))}
                </Select>
              );
            }}
          </Field>
        ) : (
          <Field label={t("Size in MiB")} isRequired error={problems.size}>
            {(control) => (
              <Input
                {...control}
                inputMode="numeric"
                value={sizeMb}
                onChange={(event) => setSizeMb(event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label={t("Target")} help={t("Left empty: the first that is free.")} error={problems.target}>
          {(control) => (
            <Input
              {...control}
              value={target}
              autoComplete="off"
              placeholder={t("vdb")}
              onChange={(event) => setTarget(event.target.value)}
            />
          )}
        </Field>
        {kind === "volatile" && !vm.backupConfig.backupVolatile && (
          <Notice tone="info">
            {t("Volatile disks of this VM are not backed up. That can be changed under Policy.")}
          </Notice>
        )}
        {kind === "image" && vm.backupConfig.incrementalBackupId !== -1 && vm.backupConfig.diskIds.length === 0 && (
          <Notice tone="warning">
            {t("The open chain is closed: the next backup is a full one with the new disk.")}
          </Notice>
        )}
        {attach.isError && (
          <Notice tone="danger" isAlert title={t("The disk was not attached")}>
            {errorMessage(attach.error)}
          </Notice>
        )}
      </form>
    </Dialog>
  );
}

interface Problems {
  image?: string;
  size?: string;
  target?: string;
}

/** What is wrong with each field; nothing when the disk can be asked for. */
function problemsOf(parsed: ReturnType<typeof AttachDisk.safeParse>, hasNoImage: boolean): Problems {
  if (hasNoImage) return { image: t("There is no image that can be a disk.") };
  const problems: Problems = {};
  for (const issue of parsed.success ? [] : parsed.error.issues) {
    const at = issue.path[0] === "target" ? "target" : issue.path.includes("sizeMb") ? "size" : "image";
    problems[at] ??= issue.code === "invalid_type" ? "Give a whole number." : issue.message;
  }
  return problems;
}
