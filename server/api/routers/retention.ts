import { z } from "zod";
import { pinPoint, unpinPoint } from "../../core/retention/pins";
import { previewRetention } from "../../core/retention/preview";
import { ObjectId } from "../../domain/ids";
import { PinPoint, PreviewRetention } from "../../domain/retention-preview";
import { authed, router } from "../trpc";

export const retentionRouter = router({
  preview: authed.input(PreviewRetention).query(({ ctx, input }) => previewRetention(ctx, input)),
  pin: authed.input(PinPoint).mutation(({ ctx, input }) => pinPoint(ctx, input)),
  unpin: authed
    .input(z.object({ imageId: ObjectId, incrementId: ObjectId }))
    .mutation(({ ctx, input }) => unpinPoint(ctx, input)),
});
