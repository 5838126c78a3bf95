"use client";

import { useMutation } from "@tanstack/react-query";
import { Bell, Pencil, Plus, Send } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { ChannelRow, NotificationSettings } from "@/server/domain/notification";
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
      <Plus aria-hidden /> Add channel
    </Button>
  );
  return (
    <div className="grid gap-4">
      {channels.length === 0 ? (
        <Card>
          <EmptyState icon={Bell} title="Nobody is told anything yet" actions={add}>
            A channel is a mail server with its recipients, or a webhook. A rule then says what goes there.
          </EmptyState>
        </Card>
      ) : (
        <>
          <div className="flex justify-end">{add}</div>
          <Card isFlush>
            <Table caption="Channels">
              <thead>
                <tr>
                  <Th>Name</Th>
                  <Th>Goes to</Th>
                  <Th>Last message</Th>
                  <Th>
                    <span className="sr-only">Actions</span>
                  </Th>
                </tr>
              </thead>
              <tbody>
                {channels.map((channel) => (
                  <tr key={channel.id}>
                    <Th scope="row" className="text-base text-text">
                      {channel.name} {channel.isEnabled ? null : <Badge tone="neutral">Off</Badge>}
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
                        aria-label={`Edit channel ${channel.name}`}
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
  const more = config.to.length > 1 ? ` and ${config.to.length - 1} more` : "";
  return `${config.to[0] ?? ""}${more}, through ${config.host}`;
}

function LastMessage({ last }: { last: ChannelRow["last"] }) {
  if (last === null) return <span className="text-muted">None yet</span>;
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
        if (error !== null) toast.error(`Not sent: ${error}`);
        await changed(error === null ? `Test message sent to ${channel.name}` : null);
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Button
      size="sm"
      isBusy={test.isPending}
      aria-label={`Send a test message to ${channel.name}`}
      onClick={() => test.mutate({ channelId: channel.id })}
    >
      <Send aria-hidden /> Test
    </Button>
  );
}

function PrivateAddresses({ settings }: { settings: NotificationSettings }) {
  const trpc = useTRPC();
  const changed = useNotificationChange();
  const save = useMutation(
    trpc.notification.setSettings.mutationOptions({
      onSuccess: (_done, { allowPrivate }) =>
        changed(allowPrivate ? "Webhooks may go to private networks" : "Webhooks may go to public addresses only"),
      onError: (error) => toast.error(errorMessage(error)),
    }),
  );
  return (
    <Card title="Webhooks">
      <Switch
        checked={(save.isPending ? save.variables.allowPrivate : undefined) ?? settings.allowPrivate}
        onCheckedChange={(allowPrivate) => save.mutate({ allowPrivate })}
        label="Allow addresses of this machine and of private networks"
        help="Off, nobody can use a webhook to reach services behind your firewall. Redirects are never followed."
      />
    </Card>
  );
}
