"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FlaskConical } from "lucide-react";
import { toast } from "sonner";
import type { ActionRow } from "@/server/domain/action";
import { ActionProgress } from "../action/action-progress";
import { CancelAction } from "../action/cancel-action";
import { actionPercent } from "../action/progress-text";
import { useAdminReason } from "../hooks/use-admin-reason";
import { useAnnouncedProgress } from "../hooks/use-announced-progress";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button, ButtonLink } from "../ui/button";

/** Small demo machines to try everything with; shows the run that makes them. */
export function DemoLoader({ running }: { running: ActionRow | null }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const adminReason = useAdminReason(t("load the demo machines"));
  useAnnouncedProgress(t("Load demo machines"), running === null ? null : actionPercent(running));
  const load = useMutation(
    trpc.demo.load.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.system.overview.queryFilter());
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  if (running !== null) {
    return (
      <div>
        <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
          <p className="font-medium">{t("Making the demo machines")}</p>
          <span className="flex gap-2">
            <ButtonLink size="sm" href={`/activity/${running.id}`}>
              {t("Open the run")}
            </ButtonLink>
            <CancelAction action={running} size="sm" />
          </span>
        </div>
        <ActionProgress action={running} />
      </div>
    );
  }
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="max-w-prose text-muted">
        {t(
          "Nothing at hand to try it with? Demo machines are small disks with real file systems and a local datastore; they can be backed up, changed, restored and deleted.",
        )}
      </p>
      <Button variant="primary" isBusy={load.isPending} disabledReason={adminReason} onClick={() => load.mutate()}>
        <FlaskConical aria-hidden /> {t("Load demo machines")}
      </Button>
    </div>
  );
}
