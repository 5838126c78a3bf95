import { z } from "zod";
import { exportCatalogue, readCatalogue } from "../../core/backup/catalogue";
import { closeChain } from "../../core/backup/close-chain";
import { comparePoints } from "../../core/backup/compare";
import { getChain, listChains } from "../../core/backup/queries";
import { requestBackup } from "../../core/backup/request";
import { planFlatten, requestFlatten } from "../../core/flatten/request";
import { requestImageDelete } from "../../core/image/commands";
import { BackupRequest } from "../../domain/backup";
import { CatalogueFilter, CatalogueInput, FlattenTo } from "../../domain/backup-catalogue";
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
  catalogue: authed.input(CatalogueInput).query(({ ctx, input }) => readCatalogue(ctx, input)),
  exportCatalogue: authed.input(CatalogueFilter).query(({ ctx, input }) => exportCatalogue(ctx, input)),
  planFlatten: authed.input(FlattenTo).query(({ ctx, input }) => planFlatten(ctx, input)),
  flatten: authed.input(FlattenTo).mutation(({ ctx, input }) => requestFlatten(ctx, input)),
  closeChain: authed.input(ImageRef).mutation(({ ctx, input }) => closeChain(ctx, input.imageId)),
  delete: authed
    .input(ImageRef.extend({ force: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => requestImageDelete(ctx, input.imageId, { force: input.force })),
});
