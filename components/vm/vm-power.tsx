"use client";

import { useMutation } from "@tanstack/react-query";
import { Power, PowerOff, RotateCw, SquarePower } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { t } from "@/components/i18n/t";
import { errorMessage } from "@/components/lib/error-message";
import { useTRPC } from "@/components/trpc/client";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import type { VmDetail } from "@/server/domain/vm";
import { powerReason } from "./vm-reasons";

/** Start, shut down, restart or cut off a VM; what cannot be done now says why. */
export function VmPower({ vm }: { vm: VmDetail }) {
  const trpc = useTRPC();
  const [isAsking, setIsAsking] = useState(false);
  const done = (text: string) => ({
    onSuccess: () => void toast(text),
    onError: (error: unknown) => void toast.error(errorMessage(error)),
  });
  const start = useMutation(trpc.vm.start.mutationOptions(done(t("{name} is being started", { name: vm.name }))));
  const shutDown = useMutation(
    trpc.vm.powerOff.mutationOptions(done(t("{name} is being shut down", { name: vm.name }))),
  );
  const reboot = useMutation(trpc.vm.reboot.mutationOptions(done(t("{name} was asked to restart", { name: vm.name }))));
  const cutOff = useMutation(trpc.vm.powerOff.mutationOptions({ onSuccess: () => setIsAsking(false) }));
  return (
    <>
      <Menu
        trigger={
          <Button isBusy={start.isPending || shutDown.isPending || reboot.isPending} data-testid="vm-power">
            <Power aria-hidden />
            {t("Power")}
          </Button>
        }
      >
        <MenuItem disabledReason={powerReason(vm, "start")} onSelect={() => start.mutate({ vmId: vm.id })}>
          <Power aria-hidden />
          {t("Start")}
        </MenuItem>
        <MenuItem
          disabledReason={powerReason(vm, "poweroff")}
          onSelect={() => shutDown.mutate({ vmId: vm.id, isHard: false })}
        >
          <SquarePower aria-hidden />
          {t("Shut down")}
        </MenuItem>
        <MenuItem disabledReason={powerReason(vm, "reboot")} onSelect={() => reboot.mutate({ vmId: vm.id })}>
          <RotateCw aria-hidden />
          {t("Reboot")}
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDanger disabledReason={powerReason(vm, "poweroff")} onSelect={() => setIsAsking(true)}>
          <PowerOff aria-hidden />
          {t("Power off (hard)")}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setIsAsking}
        title={t("Power off {name}?", { name: vm.name })}
        consequences={[
          t("The guest is cut off at once, as if its plug were pulled."),
          t("What it has not written to its disks yet is lost; its file systems may need a check."),
          t("Shut down asks the guest first and loses nothing."),
        ]}
        confirmLabel={t("Power off")}
        onConfirm={() => cutOff.mutate({ vmId: vm.id, isHard: true })}
        isBusy={cutOff.isPending}
        error={cutOff.isError ? errorMessage(cutOff.error) : null}
      />
    </>
  );
}
