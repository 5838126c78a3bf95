"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { ActionProgress } from "@/components/action/action-progress";
import { CancelAction } from "@/components/action/cancel-action";
import { t } from "@/components/i18n/t";
import { useTRPC } from "@/components/trpc/client";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { isFinal } from "@/server/domain/states";

/** The run that waits or works on this VM: phase, share, speed, cancel. Leaving the page does not stop it. */
export function RunningBackup({ actionId }: { actionId: number }) {
  const trpc = useTRPC();
  const action = useQuery(trpc.action.get.queryOptions({ actionId }));
  if (action.data !== undefined && isFinal(action.data.state)) return null;
  return (
    <Card
      className="mb-4"
      title={t("Backup now")}
      actions={
        <span className="flex items-center gap-3">
          <Link href={`/activity/${actionId}`} className="text-primary underline-offset-2 hover:underline">
            {t("Run {actionId}", { actionId })}
          </Link>
          {action.data !== undefined && <CancelAction action={action.data} size="sm" />}
        </span>
      }
    >
      {action.data === undefined ? <Skeleton className="h-6 w-full" /> : <ActionProgress action={action.data} />}
    </Card>
  );
}
