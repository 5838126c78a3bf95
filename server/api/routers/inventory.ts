import { z } from "zod";
import { listHosts } from "../../core/host/queries";
import { listImages } from "../../core/image/queries";
import { requestInstantiate } from "../../core/template/commands";
import { getTemplate, listTemplates } from "../../core/template/queries";
import { ObjectId, PageInput } from "../../domain/ids";
import { InstantiateRequest } from "../../domain/vm-template";
import { authed, router } from "../trpc";

export const hostRouter = router({
  list: authed.query(({ ctx }) => listHosts(ctx)),
});

export const imageRouter = router({
  list: authed.input(PageInput).query(({ ctx, input }) => listImages(ctx, input)),
});

export const templateRouter = router({
  list: authed.input(PageInput).query(({ ctx, input }) => listTemplates(ctx, input)),
  get: authed.input(z.object({ templateId: ObjectId })).query(({ ctx, input }) => getTemplate(ctx, input.templateId)),
  instantiate: authed.input(InstantiateRequest).mutation(({ ctx, input }) => requestInstantiate(ctx, input)),
});
