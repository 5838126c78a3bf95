import { z } from "zod";
import { requestOrphanRemoval, scanRepository } from "../../core/datastore/orphans";
import { getVerifySchedule, setVerifyPolicy } from "../../core/verification/policy";
import { getBootCheck, getCheckOptions, getDatastoreChecks } from "../../core/verification/queries";
import { requestBootCheck, requestVerify, requestVerifyDatastore } from "../../core/verification/request";
import { DatastoreRef } from "../../domain/datastore";
import { ObjectId } from "../../domain/ids";
import { RemoveOrphans } from "../../domain/orphan";
import { BootCheckRequest, VerifyRequest } from "../../domain/verification";
import { SetVerifyPolicy } from "../../domain/verify-policy";
import { authed, router } from "../trpc";

const ImageRef = z.object({ imageId: ObjectId });

export const verificationRouter = router({
  verify: authed.input(VerifyRequest).mutation(({ ctx, input }) => requestVerify(ctx, input)),
  verifyDatastore: authed
    .input(DatastoreRef)
    .mutation(({ ctx, input }) => requestVerifyDatastore(ctx, input.datastoreId)),
  bootCheck: authed.input(BootCheckRequest).mutation(({ ctx, input }) => requestBootCheck(ctx, input)),
  options: authed.input(ImageRef).query(({ ctx, input }) => getCheckOptions(ctx, input.imageId)),
  lastBootCheck: authed
    .input(BootCheckRequest)
    .query(({ ctx, input }) => getBootCheck(ctx, input.imageId, input.incrementId)),
  ofDatastore: authed.input(DatastoreRef).query(({ ctx, input }) => getDatastoreChecks(ctx, input.datastoreId)),
  schedule: authed.input(DatastoreRef).query(({ ctx, input }) => getVerifySchedule(ctx, input.datastoreId)),
  setPolicy: authed.input(SetVerifyPolicy).mutation(({ ctx, input }) => setVerifyPolicy(ctx, input)),
  scan: authed.input(DatastoreRef).mutation(({ ctx, input }) => scanRepository(ctx, input.datastoreId)),
  removeOrphans: authed.input(RemoveOrphans).mutation(({ ctx, input }) => requestOrphanRemoval(ctx, input)),
});
