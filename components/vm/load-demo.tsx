"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";

/** Loads the demo machines and goes to the run that makes them. */
export function LoadDemo() {
  const trpc = useTRPC();
  const router = useRouter();
  const load = useMutation(
    trpc.demo.load.mutationOptions({
      onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`),
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Button isBusy={load.isPending} onClick={() => load.mutate()}>
      {t("Load demo machines")}
    </Button>
  );
}
