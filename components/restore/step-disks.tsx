"use client";

import { useQuery } from "@tanstack/react-query";
import { freeText } from "@/components/backup/free-text";
import { t } from "@/components/i18n/t";
import { ErrorState } from "@/components/layout/error-state";
import { formatBytes } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import type { RestorePlan } from "@/server/domain/restore";
import { DiskTable } from "./disk-table";
import type { Wizard } from "./use-wizard";
import { wayOf } from "./wizard-state";

/** Step 3: the disks as they were at that point, and the datastore that receives them. */
export function StepDisks({ wizard }: { wizard: Wizard }) {
  const { draft, choices } = wizard;
  const plan = useWholePlan(wizard);
  const point = choices.point.kind === "chosen" ? choices.point.point : null;
  if (point === null) return null;

  return (
    <div className="space-y-4">
      <p className="text-muted">
        {draft.scope === "vm" ? t("Every disk of this point is restored.") : t("Choose the one disk to restore.")}{" "}
        {wayOf(draft) === "in-place"
          ? t("The machine's own disks are overwritten; the next steps show which.")
          : t("It goes to a new image. Nothing that exists is touched.")}
      </p>
      {plan.isError && (
        <ErrorState what={t("the disks of this point")} error={plan.error} onRetry={() => void plan.refetch()} />
      )}
      {plan.isLoading ? (
        <Skeleton className="h-32 w-full" />
      ) : (
        <DiskTable
          diskIds={point.diskIds}
          disks={plan.data?.disks ?? []}
          scope={draft.scope}
          isInPlace={wayOf(draft) === "in-place"}
          chosen={draft.disk}
          onChoose={(disk) => wizard.update({ disk })}
        />
      )}
      {wayOf(draft) !== "in-place" && <TargetDatastore wizard={wizard} plan={plan.data} />}
    </div>
  );
}

/** The plan of all disks of the point: what each is and reads, whatever will be picked. */
function useWholePlan({ choices }: Wizard) {
  const trpc = useTRPC();
  const { point, datastoreId } = choices;
  const chosen = point.kind === "chosen" ? point.point : null;
  return useQuery(
    trpc.restore.plan.queryOptions(
      { imageId: chosen?.imageId ?? 0, incrementId: chosen?.incrementId ?? 0, datastoreId: datastoreId ?? 0 },
      { enabled: chosen !== null && datastoreId !== null },
    ),
  );
}

function TargetDatastore({ wizard, plan }: { wizard: Wizard; plan: RestorePlan | undefined }) {
  const { draft, choices, imageDatastores } = wizard;
  const target = imageDatastores.find((datastore) => datastore.id === choices.datastoreId);
  const disks = plan?.disks.filter((disk) => draft.scope === "vm" || disk.diskId === draft.disk) ?? [];
  const needed = disks.reduce((sum, disk) => sum + disk.virtualSize, 0);
  const isTight = target !== undefined && target.monitoredAt !== null && needed > target.freeMb * 1024 * 1024;
  if (imageDatastores.length === 0) {
    return (
      <Notice tone="danger" title={t("There is no image datastore")}>
        {t("Restored disks need one. An administrator can add it.")}
      </Notice>
    );
  }
  return (
    <div className="max-w-md space-y-2">
      <Field
        label={t("Image datastore that receives the disks")}
        help={needed > 0 ? t("The disks may grow to {needed}.", { needed: formatBytes(needed) }) : undefined}
        error={choices.datastoreId === null ? t("This datastore no longer exists. Choose another.") : undefined}
      >
        {(control) => (
          <Select
            {...control}
            value={choices.datastoreId ?? ""}
            onChange={(event) => wizard.update({ ds: Number(event.target.value) })}
            data-testid="restore-datastore"
          >
            {choices.datastoreId === null && <option value="">{t("Choose…")}</option>}
            {imageDatastores.map((datastore) => (
              <option key={datastore.id} value={datastore.id}>
                {freeText(datastore)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {isTight && (
        <Notice tone="warning">
          {t("The disks at their full size are larger than the free space of this datastore.")}
        </Notice>
      )}
    </div>
  );
}
