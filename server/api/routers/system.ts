import { tracked } from "@trpc/server";
import { z } from "zod";
import { requestDemoChange, requestDemoLoad } from "../../core/demo/commands";
import { latestEventId, watchLive } from "../../core/event/watch";
import { readHeatmap } from "../../core/overview/heatmap";
import { muteCause, unmuteCause } from "../../core/overview/mutes";
import { readProtectionFacts } from "../../core/overview/protection-facts";
import { getOverview } from "../../core/overview/queries";
import { findObjects } from "../../core/search";
import { Limits } from "../../core/settings";
import { getSystem } from "../../core/system/queries";
import { getSettings, setLimits, setSchedulerSettings } from "../../core/system/settings";
import { HeatmapInput } from "../../domain/heatmap";
import { ObjectId } from "../../domain/ids";
import { Mute } from "../../domain/mute";
import { SchedulerSettings } from "../../domain/schedule/pause";
import { FindInput } from "../../domain/search";
import { authed, router } from "../trpc";

export const systemRouter = router({
  view: authed.query(({ ctx }) => getSystem(ctx)),
  settings: authed.query(({ ctx }) => getSettings(ctx)),
  setLimits: authed.input(Limits).mutation(({ ctx, input }) => setLimits(ctx, input)),
  setScheduler: authed.input(SchedulerSettings).mutation(({ ctx, input }) => setSchedulerSettings(ctx, input)),
  heatmap: authed.input(HeatmapInput).query(({ ctx, input }) => readHeatmap(ctx, input)),
  find: authed.input(FindInput).query(({ ctx, input }) => findObjects(ctx, input)),
  mute: authed.input(Mute).mutation(({ ctx, input }) => muteCause(ctx, input)),
  unmute: authed.input(Mute.pick({ key: true })).mutation(({ ctx, input }) => unmuteCause(ctx, input.key)),
  overview: authed.query(({ ctx }) => getOverview(ctx)),
  protection: authed.query(({ ctx }) => readProtectionFacts(ctx)),
});

export const demoRouter = router({
  load: authed.mutation(({ ctx }) => requestDemoLoad(ctx)),
  change: authed.input(z.object({ vmId: ObjectId })).mutation(({ ctx, input }) => requestDemoChange(ctx, input.vmId)),
});

export const eventsRouter = router({
  /** Live stream; stored events carry their id, so that a reconnect resumes without a gap. */
  live: authed.input(z.object({ lastEventId: z.string().nullish() }).nullish()).subscription(async function* ({
    ctx,
    input,
    signal,
  }) {
    let lastId = input?.lastEventId ?? (await latestEventId(ctx));
    const watch = watchLive(ctx, { lastEventId: lastId, signal: signal ?? new AbortController().signal });
    for await (const message of watch) {
      if (message.kind === "event") lastId = message.event.id;
      yield tracked(lastId, message);
    }
  }),
});
