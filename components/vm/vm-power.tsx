"use client";

import { useMutation } from "@tanstack/react-query";
import { Power, PowerOff, RotateCw, SquarePower } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
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
  const start = useMutation(trpc.vm.start.mutationOptions(done(`${vm.name} is being started`)));
  const shutDown = useMutation(trpc.vm.powerOff.mutationOptions(done(`${vm.name} is being shut down`)));
  const reboot = useMutation(trpc.vm.reboot.mutationOptions(done(`${vm.name} was asked to restart`)));
  const cutOff = useMutation(trpc.vm.powerOff.mutationOptions({ onSuccess: () => setIsAsking(false) }));
  return (
    <>
      <Menu
        trigger={
          <Button isBusy={start.isPending || shutDown.isPending || reboot.isPending} data-testid="vm-power">
            <Power aria-hidden />
            Power
          </Button>
        }
      >
        <MenuItem disabledReason={powerReason(vm, "start")} onSelect={() => start.mutate({ vmId: vm.id })}>
          <Power aria-hidden />
          Start
        </MenuItem>
        <MenuItem
          disabledReason={powerReason(vm, "poweroff")}
          onSelect={() => shutDown.mutate({ vmId: vm.id, isHard: false })}
        >
          <SquarePower aria-hidden />
          Shut down
        </MenuItem>
        <MenuItem disabledReason={powerReason(vm, "reboot")} onSelect={() => reboot.mutate({ vmId: vm.id })}>
          <RotateCw aria-hidden />
          Reboot
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDanger disabledReason={powerReason(vm, "poweroff")} onSelect={() => setIsAsking(true)}>
          <PowerOff aria-hidden />
          Power off (hard)
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setIsAsking}
        title={`Power off ${vm.name}?`}
        consequences={[
          "The guest is cut off at once, as if its plug were pulled.",
          "What it has not written to its disks yet is lost; its file systems may need a check.",
          "Shut down asks the guest first and loses nothing.",
        ]}
        confirmLabel="Power off"
        onConfirm={() => cutOff.mutate({ vmId: vm.id, isHard: true })}
        isBusy={cutOff.isPending}
        error={cutOff.isError ? errorMessage(cutOff.error) : null}
      />
    </>
  );
}
