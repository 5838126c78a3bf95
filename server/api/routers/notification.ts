import { z } from "zod";
import {
  deleteChannel,
  deleteRule,
  saveChannel,
  saveRule,
  setNotificationSettings,
  testChannel,
} from "../../core/notification/commands";
import { listDeliveries, viewNotifications } from "../../core/notification/queries";
import { ObjectId } from "../../domain/ids";
import { DeliveryLogInput, NotificationSettings, SaveChannel, SaveRule } from "../../domain/notification";
import { authed, router } from "../trpc";

const ChannelId = z.object({ channelId: ObjectId });

export const notificationRouter = router({
  view: authed.query(({ ctx }) => viewNotifications(ctx)),
  log: authed.input(DeliveryLogInput).query(({ ctx, input }) => listDeliveries(ctx, input)),
  saveChannel: authed.input(SaveChannel).mutation(({ ctx, input }) => saveChannel(ctx, input)),
  deleteChannel: authed.input(ChannelId).mutation(({ ctx, input }) => deleteChannel(ctx, input.channelId)),
  testChannel: authed.input(ChannelId).mutation(({ ctx, input }) => testChannel(ctx, input.channelId)),
  saveRule: authed.input(SaveRule).mutation(({ ctx, input }) => saveRule(ctx, input)),
  deleteRule: authed.input(z.object({ ruleId: ObjectId })).mutation(({ ctx, input }) => deleteRule(ctx, input.ruleId)),
  setSettings: authed.input(NotificationSettings).mutation(({ ctx, input }) => setNotificationSettings(ctx, input)),
});
