import { z } from "zod";
import { closeChain } from "../../core/backup/close-chain";
import { comparePoints } from "../../core/backup/compare";
import { getChain, listChains } from "../../core/backup/queries";
import { requestBackup } from "../../core/backup/request";
import { requestImageDelete } from "../../core/image/commands";
import { BackupRequest } from "../../domain/backup";
import { ObjectId, PageInput } from "../../domain/ids";
import { PointPair } from "../../domain/point-changes";
import { authed, router } from "../trpc";

const ImageRef = z.object({ imageId: ObjectId });

export const backupRouter = router({
  request: authed.input(BackupRequest).mutation(({ ctx, input }) => requestBackup(ctx, input)),
  list: authed
    .input(PageInput.extend({ vmId: ObjectId.optional(), datastoreId: ObjectId.optional() }))
    .query(({ ctx, input }) => listChains(ctx, input)),
  get: authed.input(ImageRef).query(({ ctx, input }) => getChain(ctx, input.imageId)),
  compare: authed.input(PointPair).query(({ ctx, input }) => comparePoints(ctx, input)),
  closeChain: authed.input(ImageRef).mutation(({ ctx, input }) => closeChain(ctx, input.imageId)),
  delete: authed
    .input(ImageRef.extend({ force: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => requestImageDelete(ctx, input.imageId, { force: input.force })),
});
