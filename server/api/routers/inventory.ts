import { z } from "zod";
import { requestImageCreate } from "../../core/image/create";
import { listImages } from "../../core/image/queries";
import { addRange, createNetwork, deleteNetwork, removeRange } from "../../core/network/commands";
import { getNetwork, listNetworks } from "../../core/network/queries";
import { requestInstantiate } from "../../core/template/commands";
import { getTemplate, listTemplates } from "../../core/template/queries";
import { ObjectId, PageInput } from "../../domain/ids";
import { ImageCreateRequest } from "../../domain/image-create";
import { AddRange, CreateNetwork } from "../../domain/network";
import { InstantiateRequest } from "../../domain/vm-template";
import { authed, router } from "../trpc";

export const imageRouter = router({
  list: authed.input(PageInput).query(({ ctx, input }) => listImages(ctx, input)),
  create: authed.input(ImageCreateRequest).mutation(({ ctx, input }) => requestImageCreate(ctx, input)),
});

export const templateRouter = router({
  list: authed.input(PageInput).query(({ ctx, input }) => listTemplates(ctx, input)),
  get: authed.input(z.object({ templateId: ObjectId })).query(({ ctx, input }) => getTemplate(ctx, input.templateId)),
  instantiate: authed.input(InstantiateRequest).mutation(({ ctx, input }) => requestInstantiate(ctx, input)),
});

const NetworkId = z.object({ networkId: ObjectId });

export const networkRouter = router({
  list: authed.input(PageInput).query(({ ctx, input }) => listNetworks(ctx, input)),
  get: authed.input(NetworkId).query(({ ctx, input }) => getNetwork(ctx, input.networkId)),
  create: authed.input(CreateNetwork).mutation(({ ctx, input }) => createNetwork(ctx, input)),
  addRange: authed.input(AddRange).mutation(({ ctx, input }) => addRange(ctx, input)),
  removeRange: authed
    .input(NetworkId.extend({ rangeId: ObjectId }))
    .mutation(({ ctx, input }) => removeRange(ctx, input)),
  delete: authed.input(NetworkId).mutation(({ ctx, input }) => deleteNetwork(ctx, input.networkId)),
});
