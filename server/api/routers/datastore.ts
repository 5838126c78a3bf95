import { z } from "zod";
import { requestCatalogueImport } from "../../core/datastore/catalogue-import";
import { planCatalogue } from "../../core/datastore/catalogue-plan";
import { createCephDatastore, testCephDatastore } from "../../core/datastore/ceph";
import {
  createResticDatastore,
  createRsyncDatastore,
  deleteDatastore,
  monitorDatastore,
  testResticDatastore,
  testRsyncDatastore,
} from "../../core/datastore/commands";
import { getDatastore, listDatastores } from "../../core/datastore/queries";
import { updateDatastore } from "../../core/datastore/update";
import { CatalogueImport } from "../../domain/catalogue";
import { CreateCephDatastore } from "../../domain/ceph";
import { CreateResticDatastore, CreateRsyncDatastore, DatastoreRef } from "../../domain/datastore";
import { UpdateDatastore } from "../../domain/datastore-update";
import { authed, router } from "../trpc";

const DatastoreKind = z.enum(["IMAGE", "SYSTEM", "FILE", "BACKUP"]);

export const datastoreRouter = router({
  list: authed
    .input(z.object({ type: DatastoreKind.optional() }))
    .query(({ ctx, input }) => listDatastores(ctx, input)),
  get: authed.input(DatastoreRef).query(({ ctx, input }) => getDatastore(ctx, input.datastoreId)),
  testRsync: authed.input(CreateRsyncDatastore).mutation(({ ctx, input }) => testRsyncDatastore(ctx, input)),
  createRsync: authed.input(CreateRsyncDatastore).mutation(({ ctx, input }) => createRsyncDatastore(ctx, input)),
  testCeph: authed.input(CreateCephDatastore).mutation(({ ctx, input }) => testCephDatastore(ctx, input)),
  createCeph: authed.input(CreateCephDatastore).mutation(({ ctx, input }) => createCephDatastore(ctx, input)),
  testRestic: authed.input(CreateResticDatastore).mutation(({ ctx, input }) => testResticDatastore(ctx, input)),
  createRestic: authed.input(CreateResticDatastore).mutation(({ ctx, input }) => createResticDatastore(ctx, input)),
  update: authed.input(UpdateDatastore).mutation(({ ctx, input }) => updateDatastore(ctx, input)),
  planCatalogue: authed.input(DatastoreRef).mutation(({ ctx, input }) => planCatalogue(ctx, input.datastoreId)),
  importCatalogue: authed.input(CatalogueImport).mutation(({ ctx, input }) => requestCatalogueImport(ctx, input)),
  monitor: authed.input(DatastoreRef).mutation(({ ctx, input }) => monitorDatastore(ctx, input.datastoreId)),
  delete: authed.input(DatastoreRef).mutation(({ ctx, input }) => deleteDatastore(ctx, input.datastoreId)),
});
