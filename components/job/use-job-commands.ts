"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import type { JobRow } from "@/server/domain/job/job";
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
  const run = useMutation(trpc.job.run.mutationOptions(done(`${job.name} runs`)));
  const cancel = useMutation(trpc.job.cancel.mutationOptions(done(`The run of ${job.name} is being cancelled`)));
  const retry = useMutation(trpc.job.retry.mutationOptions(done(`The failed VMs of ${job.name} are tried again`)));
  const pause = useMutation(trpc.job.pause.mutationOptions(done(`${job.name} changed`)));
  const lock = useMutation(trpc.job.lock.mutationOptions(done(`${job.name} changed`)));
  const remove = useMutation(trpc.job.delete.mutationOptions(done(`${job.name} deleted`)));
  return { run, cancel, retry, pause, lock, remove };
}
