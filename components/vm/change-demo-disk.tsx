"use client";

import { useMutation } from "@tanstack/react-query";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { BACKUP_STATES } from "@/server/domain/states";
import type { VmDetail } from "@/server/domain/vm";

/** Writes new files to the disk of a demo machine, so that the next increment has something to save. */
export function ChangeDemoDisk({ vm }: { vm: VmDetail }) {
  const trpc = useTRPC();
  const change = useMutation(
    trpc.demo.change.mutationOptions({
      onSuccess: ({ actionId }) =>
        toast.success(t("Changing files on the disk of {name}: run {actionId}", { name: vm.name, actionId })),
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  const isBusy = vm.runningActionId !== null || BACKUP_STATES.includes(vm.state);
  return (
    <Button
      isBusy={change.isPending}
      disabledReason={isBusy ? t("Wait until the backup has ended.") : null}
      onClick={() => change.mutate({ vmId: vm.id })}
      data-testid="demo-change"
    >
      {t("Change files on the disk")}
    </Button>
  );
}
