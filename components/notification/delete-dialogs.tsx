"use client";

import { useMutation } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { ChannelRow, RuleRow } from "@/server/domain/notification";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { useNotificationChange } from "./use-notification-change";

/** Removes a channel with its rules and its log. */
export function DeleteChannel({ channel }: { channel: ChannelRow }) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const [isOpen, setIsOpen] = useState(false);
  const remove = useMutation(
    trpc.notification.deleteChannel.mutationOptions({
      onSuccess: () => changed(`Channel ${channel.name} removed`),
    }),
  );
  return (
    <>
      <DeleteButton label={`Delete channel ${channel.name}`} onClick={() => setIsOpen(true)} />
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete channel ${channel.name}?`}
        consequences={["Its rules go too, and what waits to be sent is not sent.", "Its delivery log is removed."]}
        confirmLabel="Delete channel"
        onConfirm={() => remove.mutate({ channelId: channel.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}

/** Removes a rule. */
export function DeleteRule({ rule }: { rule: RuleRow }) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const [isOpen, setIsOpen] = useState(false);
  const remove = useMutation(
    trpc.notification.deleteRule.mutationOptions({ onSuccess: () => changed(`Rule ${rule.name} removed`) }),
  );
  return (
    <>
      <DeleteButton label={`Delete rule ${rule.name}`} onClick={() => setIsOpen(true)} />
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete rule ${rule.name}?`}
        consequences={[
          `Nothing new goes to ${rule.channelName} because of it.`,
          "What already waits is still sent; the delivery log stays.",
        ]}
        confirmLabel="Delete rule"
        onConfirm={() => remove.mutate({ ruleId: rule.ruleId })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}

function DeleteButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button variant="ghost" size="icon-sm" aria-label={label} onClick={onClick}>
      <Trash2 aria-hidden />
    </Button>
  );
}
