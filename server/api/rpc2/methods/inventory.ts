import { lockDocument } from "../../../core/access/locking";
import { authorizeTemplate, visibleTo } from "../../../core/authorize";
import type { Ctx } from "../../../core/context";
import { readNames } from "../../../core/owners";
import { requestInstantiate } from "../../../core/template/commands";
import type { Prisma } from "../../../db/client";
import { parseStored } from "../../../db/stored";
import { appError } from "../../../domain/errors";
import { Template } from "../../../domain/template";
import { element, epochSeconds, idsElement, type Xml } from "../../../domain/xml/builder";
import { lockElements, ownerElements, permissionsElement } from "../../../domain/xml/shared";
import { templateElement } from "../../../domain/xml/template-xml";
import { accessMethods, attributeMethods, idOf } from "../common";
import { RpcError } from "../fault";
import { existingId, type RpcMethod, type RpcMethods } from "../method";
import { type PoolQuery, poolFlag, poolQuery } from "../pool";
import { poolDocument } from "../stream";

const EVERYTHING: PoolQuery = { where: {} };

const vnetInfo: RpcMethod = {
  params: "i id [, b decrypt]",
  async run(ctx, args) {
    const id = idOf(args, "network");
    const found = await findNetworks(ctx, { where: { AND: [visibleTo(ctx.actor), { id }] } });
    const [network] = await networkElements(ctx, found);
    if (network === undefined) throw appError("NOT_FOUND", { object: "network", id });
    return network.xml;
  },
};

/** Templates, hosts, clusters, users, groups: what clients need to name things (§4.7). */
export const inventoryMethods: RpcMethods = {
  "one.template.info": {
    params: "i id [, b extended] [, b decrypt]",
    async run(ctx, args) {
      const template = await authorizeTemplate(ctx.core.db, ctx.actor, "USE", idOf(args, "template"));
      return (await templateElements(ctx, [template]))[0]?.xml ?? "";
    },
  },
  "one.templatepool.info": {
    params: "i flag, i start, i end",
    async run(ctx, args) {
      return await poolDocument("VMTEMPLATE_POOL", poolQuery(ctx, args), {
        read: (page) => ctx.core.db.vmTemplate.findMany({ ...page, orderBy: { id: "desc" } }),
        print: (rows) => templateElements(ctx, rows),
      });
    },
  },
  "one.template.instantiate": {
    params: "i id, s name, b hold, s extra [, b persistent]",
    differs: "the VM is powered off; an extra template and persistent copies are refused",
    async run(ctx, args) {
      const templateId = idOf(args, "template");
      if (args.textOr(3, "").trim() !== "") throw new RpcError("ACTION", "An extra template is not supported here.");
      if (args.booleanOr(4, false)) throw new RpcError("ACTION", "Persistent copies are not supported here.");
      const { actionId } = await requestInstantiate(ctx, {
        templateId,
        name: args.textOr(1, "").trim() || null,
        hostId: 0,
        systemDatastoreId: 0,
      });
      const action = await ctx.core.db.action.findUniqueOrThrow({ where: { id: actionId }, select: { vmId: true } });
      return action.vmId ?? -1;
    },
  },
  ...accessMethods("template", "template", "template"),
  ...attributeMethods("template", "template", "template", "others than administrators change no hardware but its size"),
  "one.host.info": {
    params: "i id [, b decrypt]",
    async run(ctx, args) {
      const host = await ctx.core.db.host.findUnique({ where: { id: idOf(args, "host") } });
      if (host === null) throw appError("NOT_FOUND", { object: "host", id: args.int(0, "id") });
      return (await hostElements(ctx, [host]))[0]?.xml ?? "";
    },
  },
  "one.hostpool.info": {
    params: "",
    async run(ctx) {
      return await poolDocument("HOST_POOL", EVERYTHING, {
        read: (page) => ctx.core.db.host.findMany({ ...page, orderBy: { id: "desc" } }),
        print: (rows) => hostElements(ctx, rows),
      });
    },
  },
  "one.cluster.info": {
    params: "i id [, b decrypt]",
    differs: "there is one cluster, 0",
    async run(ctx, args) {
      if (idOf(args, "cluster") !== 0) throw appError("NOT_FOUND", { object: "cluster", id: args.int(0, "id") });
      return (await clusterElement(ctx)).xml;
    },
  },
  "one.clusterpool.info": {
    params: "",
    run: async (ctx) => element("CLUSTER_POOL", [await clusterElement(ctx)]).xml,
  },
  "one.user.info": {
    params: "i id [, b decrypt]",
    async run(ctx, args) {
      const asked = args.intOr(0, -1);
      const userId = asked === -1 ? ctx.actor.userId : existingId(asked, "user");
      if (userId !== ctx.actor.userId && !ctx.actor.isAdmin) throw appError("ADMIN_ONLY", { what: "read other users" });
      const [user] = await userElements(ctx, await findUsers(ctx, { where: { id: userId } }));
      if (user === undefined) throw appError("NOT_FOUND", { object: "user", id: userId });
      return user.xml;
    },
  },
  "one.userpool.info": {
    params: "",
    differs: "users who are no administrators see themselves only",
    run: (ctx) =>
      poolDocument("USER_POOL", ctx.actor.isAdmin ? EVERYTHING : { where: { id: ctx.actor.userId } }, {
        read: (page) => findUsers(ctx, page),
        print: (users) => userElements(ctx, users),
      }),
  },
  "one.group.info": {
    params: "i id [, b decrypt]",
    async run(ctx, args) {
      const asked = args.intOr(0, -1);
      const groups = await readGroups(ctx, {
        id: asked === -1 ? (ctx.actor.groupIds[0] ?? 1) : existingId(asked, "group"),
      });
      if (groups[0] === undefined) throw appError("NOT_FOUND", { object: "group", id: asked });
      return groups[0].xml;
    },
  },
  "one.grouppool.info": { params: "", run: async (ctx) => element("GROUP_POOL", await readGroups(ctx, {})).xml },
  "one.vn.info": vnetInfo,
  "one.vnet.info": { ...vnetInfo, differs: "an addition: the same as one.vn.info" },
  ...accessMethods("vn", "network", "network"),
  "one.vnpool.info": {
    params: "i flag, i start, i end",
    run: (ctx, args) =>
      poolDocument("VNET_POOL", poolQuery(ctx, args), {
        read: (page) => findNetworks(ctx, page),
        print: (rows) => networkElements(ctx, rows),
      }),
  },
  "one.acl.info": {
    params: "",
    differs: "there are no ACL rules yet: the answer is empty",
    run: async () => element("ACL_POOL").xml,
  },
  "one.zonepool.info": {
    params: "",
    run: async () =>
      element("ZONE_POOL", [
        element("ZONE", [element("ID", 0), element("NAME", "OpenNebula"), element("STATE", 0), element("TEMPLATE")]),
      ]).xml,
  },
  "one.documentpool.info": {
    params: "i flag, i start, i end, i type",
    differs: "there are no documents: the answer is empty",
    async run(_ctx, args) {
      poolFlag(args.int(0, "flag"));
      for (const [index, name] of ["start", "end", "type"].entries()) args.int(index + 1, name);
      return element("DOCUMENT_POOL").xml;
    },
  },
};

async function templateElements(ctx: Ctx, rows: readonly Prisma.VmTemplateModel[]): Promise<Xml[]> {
  const names = await readNames(ctx.core.db, rows);
  return rows.map((row) =>
    element("VMTEMPLATE", [
      ...ownerElements({ ...row, userName: names.user(row.uid), groupName: names.group(row.gid) }),
      ...lockElements(lockDocument(row)),
      permissionsElement(row.permissions),
      element("REGTIME", epochSeconds(row.registeredAt.getTime())),
      templateElement("TEMPLATE", parseStored(Template, row.template)),
    ]),
  );
}

async function hostElements(ctx: Ctx, rows: readonly Prisma.HostModel[]): Promise<Xml[]> {
  const vms = await ctx.core.db.vm.findMany({
    where: { hostId: { in: rows.map((row) => row.id) }, state: { not: "DONE" } },
    orderBy: { id: "asc" },
    select: { id: true, hostId: true },
  });
  return rows.map((row) =>
    element("HOST", [
      element("ID", row.id),
      element("NAME", row.name),
      element("STATE", row.state),
      element("PREV_STATE", row.state),
      element("IM_MAD", row.imMad),
      element("VM_MAD", row.vmMad),
      element("CLUSTER_ID", 0),
      element("CLUSTER", "default"),
      element("HOST_SHARE"),
      idsElement(
        "VMS",
        vms.filter((vm) => vm.hostId === row.id).map((vm) => vm.id),
      ),
      templateElement("TEMPLATE", ctx.actor.isAdmin ? parseStored(Template, row.template) : {}),
      element("MONITORING"),
    ]),
  );
}

async function clusterElement(ctx: Ctx): Promise<Xml> {
  const ids = async (rows: Promise<{ id: number }[]>) => (await rows).map((row) => row.id);
  const byId = { select: { id: true }, orderBy: { id: "asc" } } as const;
  return element("CLUSTER", [
    element("ID", 0),
    element("NAME", "default"),
    idsElement("HOSTS", await ids(ctx.core.db.host.findMany(byId))),
    idsElement("DATASTORES", await ids(ctx.core.db.datastore.findMany(byId))),
    idsElement("VNETS", await ids(ctx.core.db.virtualNetwork.findMany(byId))),
    element("TEMPLATE"),
  ]);
}

function findUsers(ctx: Ctx, query: PoolQuery) {
  const loginTokens = { where: { kind: "login" }, orderBy: { id: "asc" } } as const;
  const include = { groups: true, tokens: loginTokens } as const;
  return ctx.core.db.user.findMany({ ...query, orderBy: { id: "desc" }, include });
}

async function userElements(ctx: Ctx, users: Awaited<ReturnType<typeof findUsers>>): Promise<Xml[]> {
  const names = await readNames(
    ctx.core.db,
    users.map((user) => ({ uid: user.id, gid: user.gid })),
  );
  return users.map((user) =>
    element("USER", [
      element("ID", user.id),
      element("GID", user.gid),
      idsElement("GROUPS", [...new Set([user.gid, ...user.groups.map((one) => one.groupId)])]),
      element("GNAME", names.group(user.gid)),
      element("NAME", user.name),
      element("PASSWORD"), // never leaves, hashed or not
      element("AUTH_DRIVER", "core"),
      element("ENABLED", user.enabled ? 1 : 0),
      ...user.tokens.map((token) =>
        element("LOGIN_TOKEN", [
          element("TOKEN", token.start), // the rest is known to its holder only
          element("EXPIRATION_TIME", token.expiresAt === null ? -1 : epochSeconds(token.expiresAt.getTime())),
          element("EGID", token.groupId ?? -1),
        ]),
      ),
      templateElement("TEMPLATE", parseStored(Template, user.template)),
      element("DEFAULT_USER_QUOTAS"),
    ]),
  );
}

async function readGroups(ctx: Ctx, where: Prisma.GroupWhereInput): Promise<Xml[]> {
  const groups = await ctx.core.db.group.findMany({ where, orderBy: { id: "desc" }, include: { members: true } });
  return groups.map((group) =>
    element("GROUP", [
      element("ID", group.id),
      element("NAME", group.name),
      templateElement("TEMPLATE", parseStored(Template, group.template)),
      idsElement(
        "USERS",
        group.members.map((member) => member.userId),
      ),
      idsElement("ADMINS", []),
    ]),
  );
}

function findNetworks(ctx: Ctx, query: PoolQuery) {
  return ctx.core.db.virtualNetwork.findMany({
    ...query,
    orderBy: { id: "desc" },
    include: { addresses: { orderBy: { id: "asc" }, include: { _count: { select: { leases: true } } } } },
  });
}

async function networkElements(ctx: Ctx, rows: Awaited<ReturnType<typeof findNetworks>>): Promise<Xml[]> {
  const names = await readNames(ctx.core.db, rows);
  return rows.map((row) =>
    element("VNET", [
      ...ownerElements({ ...row, userName: names.user(row.uid), groupName: names.group(row.gid) }),
      permissionsElement(row.permissions),
      idsElement("CLUSTERS", [0]),
      element("BRIDGE", row.bridge),
      element("VN_MAD", row.vnMad),
      element(
        "USED_LEASES",
        row.addresses.reduce((sum, range) => sum + range._count.leases, 0),
      ),
      templateElement("TEMPLATE", parseStored(Template, row.template)),
      element(
        "AR_POOL",
        row.addresses.map((range) =>
          element("AR", [
            element("AR_ID", range.id),
            ...(range.ip === null ? [] : [element("IP", range.ip)]),
            element("MAC", range.mac),
            element("SIZE", range.size),
            element("TYPE", range.type),
            element("USED_LEASES", range._count.leases),
          ]),
        ),
      ),
    ]),
  );
}
