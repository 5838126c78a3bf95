"use client";

import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { rich, t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { formatBytes } from "@/components/lib/format";
import { useTRPC } from "@/components/trpc/client";
import { Field } from "@/components/ui/field";
import { FormDialog } from "@/components/ui/form-dialog";
import { Input } from "@/components/ui/input";
import { Time } from "@/components/ui/time";
import type { CatalogueRow, FlattenPlan } from "@/server/domain/backup-catalogue";

const MAX_KEEP = 1000;

/** Merges the oldest points of a chain, after showing which points go and what that frees. */
export function FlattenDialog({ row, onClose }: { row: CatalogueRow; onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const [typed, setTyped] = useState(String(Math.max(1, Math.ceil(row.points / 2))));
  const keep = Number(typed);
  const isNumber = Number.isInteger(keep) && keep >= 1 && keep <= MAX_KEEP;
  const plan = useQuery(
    trpc.backup.planFlatten.queryOptions(
      { imageId: row.imageId, keep: isNumber ? keep : 1 },
      { enabled: isNumber, placeholderData: keepPreviousData, staleTime: 0 },
    ),
  );
  const flatten = useMutation(
    trpc.backup.flatten.mutationOptions({ onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`) }),
  );
  const wrong = isNumber ? null : t("Give a whole number from 1 to {most}.", { most: MAX_KEEP });
  const reason = wrong ?? (plan.data === undefined ? t("Reading what would be merged.") : plan.data.reason);
  return (
    <FormDialog
      title={t("Merge the oldest points of backup {imageId}", { imageId: row.imageId })}
      description={t(
        "{vmName}: {count, plural, one {# point} other {# points}}. The newest ones stay, the older ones become part of the oldest that stays, which is then the full.",
        { vmName: row.vmName, count: row.points },
      )}
      submitLabel={t("Merge points")}
      submitReason={reason}
      closeLabel={t("Not now")}
      isBusy={flatten.isPending || flatten.isSuccess}
      error={flatten.error}
      onSubmit={() => flatten.mutate({ imageId: row.imageId, keep })}
      onClose={onClose}
    >
      <Field
        label={t("Points to keep")}
        error={wrong ?? undefined}
        help={t("Pinned points stay, and all that are newer.")}
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            min={1}
            max={MAX_KEEP}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      {plan.error === null ? null : <p className="text-danger">{errorMessage(plan.error)}</p>}
      {plan.data === undefined || !isNumber ? null : <Plan plan={plan.data} />}
    </FormDialog>
  );
}

function Plan({ plan: { merged, firstId, left, freesAtMost, reason } }: { plan: FlattenPlan }) {
  const [oldest] = merged;
  const newest = merged.at(-1);
  return (
    <div role="status">
      {oldest === undefined || newest === undefined ? null : (
        <ul className="list-disc space-y-1 ps-5">
          <li>
            {oldest === newest
              ? rich("One point goes: {time}. It cannot be restored afterwards.", {
                  time: <Time at={oldest.at} short />,
                })
              : rich("{count} points go: {from} to {to}. They cannot be restored afterwards.", {
                  count: merged.length,
                  from: <Time at={oldest.at} short />,
                  to: <Time at={newest.at} short />,
                })}
          </li>
          <li>
            {t("Increment {firstId} becomes the full; {left, plural, one {# point is} other {# points are}} left.", {
              firstId,
              left,
            })}
          </li>
          <li>{t("{size} at most are freed.", { size: formatBytes(freesAtMost) })}</li>
          <li>
            {t("A restore or a check that reads the chain goes first. The merge can be cancelled until it begins.")}
          </li>
        </ul>
      )}
      {reason === null ? null : <p className="mt-2 text-muted">{reason}</p>}
    </div>
  );
}
