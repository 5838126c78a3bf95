"use client";

import { useMutation } from "@tanstack/react-query";
import { Bell, Pencil, Plus, Send } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { ChannelRow, NotificationSettings } from "@/server/domain/notification";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Switch } from "../ui/switch";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";
import { ChannelDialog } from "./channel-dialog";
import { DeleteChannel } from "./delete-dialogs";
import { useNotificationChange } from "./use-notification-change";
import { STATE_VIEW } from "./words";

/** Mail servers and webhooks, each with its test. */
export function ChannelsTab({
  channels,
  settings,
}: {
  channels: readonly ChannelRow[];
  settings: NotificationSettings;
}) {
  const [edited, setEdited] = useState<ChannelRow | "new" | null>(null);
  const add = (
    <Button variant="primary" onClick={() => setEdited("new")}>
      <Plus aria-hidden /> {t("Add channel")}
    </Button>
  );
  return (
    <div className="grid gap-4">
      {channels.length === 0 ? (
        <Card>
          <EmptyState icon={Bell} title={t("Nobody is told anything yet")} actions={add}>
            {t("A channel is a mail server with its recipients, or a webhook. A rule then says what goes there.")}
          </EmptyState>
        </Card>
      ) : (
        <>
          <div className="flex justify-end">{add}</div>
          <Card isFlush>
            <Table caption={t("Channels")}>
              <thead>
                <tr>
                  <Th>{t("Name")}</Th>
                  <Th>{t("Goes to")}</Th>
                  <Th>{t("Last message")}</Th>
                  <Th>
                    <span className="sr-only">{t("Actions")}</span>
                  </Th>
                </tr>
              </thead>
              <tbody>
                {channels.map((channel) => (
                  <tr key={channel.id}>
                    <Th scope="row" className="text-base text-text">
                      {channel.name} {channel.isEnabled ? null : <Badge tone="neutral">{t("Off")}</Badge>}
                    </Th>
                    <Td className="wrap-anywhere">{targetText(channel)}</Td>
                    <Td className="min-w-40">
                      <LastMessage last={channel.last} />
                    </Td>
                    <Td className="text-end whitespace-nowrap">
                      <TestButton channel={channel} />
                      <Button
                        variant="ghost"
                        size="icon-sm"
                        aria-label={t("Edit channel {name}", { name: channel.name })}
                        onClick={() => setEdited(channel)}
                      >
                        <Pencil aria-hidden />
                      </Button>
                      <DeleteChannel channel={channel} />
                    </Td>
                  </tr>
                ))}
              </tbody>
            </Table>
          </Card>
        </>
      )}
      <PrivateAddresses settings={settings} />
      {edited === null ? null : (
        <ChannelDialog channel={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </div>
  );
}

function targetText({ config }: ChannelRow): string {
  if (config.kind === "webhook") return config.url;
  const more = config.to.length > 1 ? t(" and {toCount} more", { toCount: config.to.length - 1 }) : "";
  return t("{value}{more}, through {host}", { value: config.to[0] ?? "", more, host: config.host });
}

function LastMessage({ last }: { last: ChannelRow["last"] }) {
  if (last === null) return <span className="text-muted">{t("None yet")}</span>;
  const view = STATE_VIEW[last.state];
  return (
    <>
      <Badge tone={view.tone} icon={view.icon}>
        {view.label}
      </Badge>{" "}
      <Time at={last.at} short />
      {last.error === null ? null : <span className="block text-sm text-muted wrap-anywhere">{last.error}</span>}
    </>
  );
}

function TestButton({ channel }: { channel: ChannelRow }) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const test = useMutation(
    trpc.notification.testChannel.mutationOptions({
      onSuccess: async ({ error }) => {
        if (error !== null) toast.error(t("Not sent: {error}", { error }));
        await changed(error === null ? t("Test message sent to {name}", { name: channel.name }) : null);
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Button
      size="sm"
      isBusy={test.isPending}
      aria-label={t("Send a test message to {name}", { name: channel.name })}
      onClick={() => test.mutate({ channelId: channel.id })}
    >
      <Send aria-hidden /> {t("Test")}
    </Button>
  );
}

function PrivateAddresses({ settings }: { settings: NotificationSettings }) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const save = useMutation(
    trpc.notification.setSettings.mutationOptions({
      onSuccess: (_done, { allowPrivate }) =>
        changed(
          allowPrivate ? t("Webhooks may go to private networks") : t("Webhooks may go to public addresses only"),
        ),
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Card title={t("Webhooks")}>
      <Switch
        checked={(save.isPending ? save.variables.allowPrivate : undefined) ?? settings.allowPrivate}
        onCheckedChange={(allowPrivate) => save.mutate({ allowPrivate })}
        label={t("Allow addresses of this machine and of private networks")}
        help={t("Off, nobody can use a webhook to reach services behind your firewall. Redirects are never followed.")}
      />
    </Card>
  );
}
