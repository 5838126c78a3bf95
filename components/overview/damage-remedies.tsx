"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FilePlus2, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { OverviewView } from "@/server/domain/overview";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";

type Group = OverviewView["attention"][number];
type PointOf = NonNullable<Group["vms"][number]["point"]>;

/** What mends damaged points: a new full on the next run of their VMs, and another look at what a check found. */
export function DamageRemedies({ group }: { group: Group }) {
  const trpc = useTRPC();
  const check = useMutation(trpc.verification.verify.mutationOptions());
  const boot = useMutation(trpc.verification.bootCheck.mutationOptions());
  const close = useMutation(trpc.backup.closeChain.mutationOptions());
  const { isBusy, run } = useEach();
  const [isOpen, setIsOpen] = useState(false);
  const points = group.vms.flatMap((vm) => vm.point ?? []);
  const open = points.filter((point) => point.isOpen);
  const names = group.vms.flatMap((vm) => (vm.point?.isOpen === true ? [vm.name] : [])).join(", ");
  const isSilent = group.state === "silent";
  const again = isSilent
    ? ({ imageId, incrementId }: PointOf) => boot.mutateAsync({ imageId, incrementId })
    : ({ imageId, incrementId }: PointOf) => check.mutateAsync({ imageId, incrementId });
  return (
    <>
      {group.isUrgent && !isSilent ? (
        <Button
          size="sm"
          variant="primary"
          isBusy={isBusy}
          disabledReason={
            open.length === 0 ? t("The chain is closed already: the next backup is a full one in a new chain.") : null
          }
          onClick={() => setIsOpen(true)}
        >
          <FilePlus2 aria-hidden /> {t("New full on next run")}
        </Button>
      ) : null}
      <Button
        size="sm"
        isBusy={isBusy}
        aria-label={t("Verify again: {cause}", { cause: said(group.cause) })}
        onClick={() => void run(points, again, isSilent ? t("The boot check is queued") : t("The check is queued"))}
      >
        <ShieldCheck aria-hidden /> {t("Verify again")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={t("Make the next backup a full one?")}
        consequences={[
          t("The open chain is closed, and the next backup starts a new one: {names}.", { names }),
          t("Nothing stored changes. Good points of the closed chain stay restorable, damaged ones stay marked."),
          t("Until that backup there is no newer point. Back up now from the page of the VM if it should not wait."),
        ]}
        confirmLabel={t("New full on next run")}
        cancelLabel={t("Not now")}
        isBusy={isBusy}
        onConfirm={() =>
          void run(open, ({ imageId }) => close.mutateAsync({ imageId }), t("The next backup is a full one")).then(() =>
            setIsOpen(false),
          )
        }
      />
    </>
  );
}

/** Does one thing to each point, tells how many went and why the first did not. */
function useEach() {
  const queryClient = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  async function run(points: readonly PointOf[], work: (point: PointOf) => Promise<unknown>, done: string) {
    setIsBusy(true);
    const results = await Promise.allSettled(points.map(work));
    setIsBusy(false);
    const failed = results.filter((result) => result.status === "rejected");
    if (failed.length < results.length)
      toast.success(
        t("{done}: {resultsCount} of {resultsCount2}", {
          done,
          resultsCount: results.length - failed.length,
          resultsCount2: results.length,
        }),
      );
    const [first] = failed;
    if (first !== undefined) toast.error(errorMessage(first.reason));
    await queryClient.invalidateQueries();
  }
  return { isBusy, run };
}
