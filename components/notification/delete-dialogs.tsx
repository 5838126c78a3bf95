"use client";

import { useMutation } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { ChannelRow, RuleRow } from "@/server/domain/notification";
import { t } from "../i18n/t";
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
      onSuccess: () => changed(t("Channel {name} removed", { name: channel.name })),
    }),
  );
  return (
    <>
      <DeleteButton label={t("Delete channel {name}", { name: channel.name })} onClick={() => setIsOpen(true)} />
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete channel {name}?", { name: channel.name })}
        consequences={[
          t("Its rules go too, and what waits to be sent is not sent."),
          t("Its delivery log is removed."),
        ]}
        confirmLabel={t("Delete channel")}
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
    trpc.notification.deleteRule.mutationOptions({
      onSuccess: () => changed(t("Rule {name} removed", { name: rule.name })),
    }),
  );
  return (
    <>
      <DeleteButton label={t("Delete rule {name}", { name: rule.name })} onClick={() => setIsOpen(true)} />
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete rule {name}?", { name: rule.name })}
        consequences={[
          t("Nothing new goes to {channelName} because of it.", { channelName: rule.channelName }),
          t("What already waits is still sent; the delivery log stays."),
        ]}
        confirmLabel={t("Delete rule")}
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
