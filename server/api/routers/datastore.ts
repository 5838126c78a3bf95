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
import { readStoreContents } from "../../core/datastore/contents";
import { readStoreFacts } from "../../core/datastore/facts";
import { getDatastore, listDatastores } from "../../core/datastore/queries";
import { updateDatastore } from "../../core/datastore/update";
import { readKeepWhatIf } from "../../core/datastore/what-if";
import { CatalogueImport } from "../../domain/catalogue";
import { CreateCephDatastore } from "../../domain/ceph";
import { CreateResticDatastore, CreateRsyncDatastore, DatastoreRef } from "../../domain/datastore";
import { StoreContentsInput } from "../../domain/datastore-contents";
import { UpdateDatastore } from "../../domain/datastore-update";
import { KeepWhatIfInput } from "../../domain/keep-what-if";
import { authed, router } from "../trpc";

const DatastoreKind = z.enum(["IMAGE", "SYSTEM", "FILE", "BACKUP"]);

export const datastoreRouter = router({
  list: authed
    .input(z.object({ type: DatastoreKind.optional() }))
    .query(({ ctx, input }) => listDatastores(ctx, input)),
  get: authed.input(DatastoreRef).query(({ ctx, input }) => getDatastore(ctx, input.datastoreId)),
  facts: authed.query(({ ctx }) => readStoreFacts(ctx)),
  contents: authed.input(StoreContentsInput).query(({ ctx, input }) => readStoreContents(ctx, input)),
  whatIf: authed.input(KeepWhatIfInput).query(({ ctx, input }) => readKeepWhatIf(ctx, input)),
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
