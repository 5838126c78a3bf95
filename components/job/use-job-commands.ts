"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import type { JobRow } from "@/server/domain/job/job";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";

type Named = Pick<JobRow, "id" | "name">;

/** What can be done with a job, each with its message; the lists are read again afterwards. */
export function useJobCommands(job: Named) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const done = (message: string) => ({
    onSuccess: async () => {
      toast.success(message);
      await queryClient.invalidateQueries(trpc.job.pathFilter());
    },
    onError: (error: unknown) => {
      toast.error(errorMessage(error));
    },
  });
  const run = useMutation(trpc.job.run.mutationOptions(done(t("{name} runs", { name: job.name }))));
  const cancel = useMutation(
    trpc.job.cancel.mutationOptions(done(t("The run of {name} is being cancelled", { name: job.name }))),
  );
  const retry = useMutation(
    trpc.job.retry.mutationOptions(done(t("The failed VMs of {name} are tried again", { name: job.name }))),
  );
  const pause = useMutation(trpc.job.pause.mutationOptions(done(t("{name} changed", { name: job.name }))));
  const lock = useMutation(trpc.job.lock.mutationOptions(done(t("{name} changed", { name: job.name }))));
  const remove = useMutation(trpc.job.delete.mutationOptions(done(t("{name} deleted", { name: job.name }))));
  return { run, cancel, retry, pause, lock, remove };
}
