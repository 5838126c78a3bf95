import { createHost, deleteHost, testHost, testNewHost, updateHost } from "../../core/host/commands";
import { importDomain, listDomains } from "../../core/host/import";
import { getHost, listHosts } from "../../core/host/queries";
import { CreateHost, HostRef, ImportDomain, UpdateHost } from "../../domain/host";
import { authed, router } from "../trpc";

export const hostRouter = router({
  list: authed.query(({ ctx }) => listHosts(ctx)),
  get: authed.input(HostRef).query(({ ctx, input }) => getHost(ctx, input.hostId)),
  testNew: authed.input(CreateHost).mutation(({ ctx, input }) => testNewHost(ctx, input)),
  test: authed.input(HostRef).mutation(({ ctx, input }) => testHost(ctx, input.hostId)),
  create: authed.input(CreateHost).mutation(({ ctx, input }) => createHost(ctx, input)),
  update: authed.input(UpdateHost).mutation(({ ctx, input }) => updateHost(ctx, input)),
  delete: authed.input(HostRef).mutation(({ ctx, input }) => deleteHost(ctx, input.hostId)),
  domains: authed.input(HostRef).query(({ ctx, input }) => listDomains(ctx, input.hostId)),
  importDomain: authed.input(ImportDomain).mutation(({ ctx, input }) => importDomain(ctx, input)),
});
