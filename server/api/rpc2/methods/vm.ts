import { cancelAction } from "../../../core/action/cancel";
import { authorizeVm, requireRight, visibleTo } from "../../../core/authorize";
import { requestBackup } from "../../../core/backup/request";
import type { Ctx } from "../../../core/context";
import { requestInPlaceRestore } from "../../../core/restore/in-place/request";
import { requestDiskAttach } from "../../../core/vm/attach";
import { requestVmDelete, updateBackupConfig } from "../../../core/vm/commands";
import { requestDiskDetach } from "../../../core/vm/detach";
import { requestDiskRevert, requestDiskSnapshot, requestDiskSnapshotDelete } from "../../../core/vm/disk-snapshot";
import { readShortVmDocuments, readVmDocument, readVmDocuments } from "../../../core/vm/documents";
import { requestPoweroff, requestReboot, requestStart } from "../../../core/vm/power";
import {
  requestSystemRevert,
  requestSystemSnapshot,
  requestSystemSnapshotDelete,
} from "../../../core/vm/system-snapshot";
import { parseBackupConfigVector } from "../../../domain/backup-config-merge";
import { appError } from "../../../domain/errors";
import { VM_STATES, type VmState } from "../../../domain/states";
import { vectors } from "../../../domain/template";
import { element } from "../../../domain/xml/builder";
import { shortVmXml, vmXml } from "../../../domain/xml/vm";
import { accessMethods, attributeMethods, idOf } from "../common";
import { RpcError } from "../fault";
import type { Arguments, MethodResult, RpcMethod, RpcMethods } from "../method";
import { poolFlag, poolQuery } from "../pool";
import { scheduleMethods } from "../schedules";
import { listDocument, poolDocument } from "../stream";
import { readTemplate } from "../template";

const OBJECT = "VM";
const POOL = "VM_POOL";

/** Actions of `one.vm.action`. Those of the reference that are missing here answer their own error. */
const ACTIONS: Readonly<Record<string, (ctx: Ctx, vmId: number) => Promise<unknown>>> = {
  resume: requestStart,
  poweroff: (ctx, vmId) => requestPoweroff(ctx, { vmId, isHard: false }),
  "poweroff-hard": (ctx, vmId) => requestPoweroff(ctx, { vmId, isHard: true }),
  reboot: requestReboot,
  terminate: requestVmDelete,
  "terminate-hard": requestVmDelete,
};

/** Methods of §4.4. */
export const vmMethods: RpcMethods = {
  "one.vm.info": {
    params: "i id [, b decrypt]",
    async run(ctx, args) {
      const id = idOf(args, OBJECT);
      const document = await readVmDocument(ctx.core, id);
      if (document === undefined) throw appError("NOT_FOUND", { object: OBJECT, id });
      requireRight(ctx.actor, "USE", document, { object: OBJECT, id });
      return vmXml(document).xml;
    },
  },
  "one.vm.backup": {
    params: "i id [, i datastore=-1] [, b reset=false]",
    async run(ctx, args) {
      const datastoreId = args.intOr(1, -1);
      return await vm(args, (vmId) =>
        requestBackup(ctx, {
          vmId,
          datastoreId: datastoreId < 0 ? null : datastoreId,
          reset: args.booleanOr(2, false),
        }),
      );
    },
  },
  "one.vm.backupcancel": {
    params: "i id",
    run: async (ctx, args) => await vm(args, (vmId) => cancelBackup(ctx, vmId)),
  },
  "one.vm.restore": {
    params: "i id, i image, i increment, i disk",
    differs: "the image has to be a backup of this VM; the plan's checks refuse what could not be restored",
    async run(ctx, args) {
      const [imageId, incrementId, diskId] = [args.int(1, "image"), args.intOr(2, -1), args.intOr(3, -1)];
      return await vm(args, (vmId) =>
        requestInPlaceRestore(ctx, {
          vmId,
          imageId,
          incrementId: incrementId < 0 ? null : incrementId,
          diskId: diskId < 0 ? null : diskId,
          safetyPoint: false,
        }),
      );
    },
  },
  "one.vm.updateconf": {
    params: "i id, s template [, i type=0]",
    differs: "BACKUP_CONFIG only; other attributes are refused",
    run: async (ctx, args) => await vm(args, (vmId) => updateConf(ctx, vmId, args)),
  },
  "one.vm.action": {
    params: "s action, i id",
    differs: `actions: ${Object.keys(ACTIONS).join(", ")}`,
    async run(ctx, args) {
      const name = args.text(0, "action");
      const vmId = args.int(1, "id");
      const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
      if (action === undefined) throw new RpcError("ACTION", `Action "${name.slice(0, 40)}" is not supported.`);
      await action(ctx, vmId);
      return vmId;
    },
  },
  "one.vm.attach": {
    params: "i id, s template",
    differs: "DISK with IMAGE_ID, or SIZE of a volatile disk",
    run: async (ctx, args) => await vm(args, (vmId) => attach(ctx, vmId, args.text(1, "template"))),
  },
  "one.vm.detach": {
    params: "i id, i disk",
    run: async (ctx, args) => await vm(args, (vmId) => requestDiskDetach(ctx, { vmId, diskId: args.int(1, "disk") })),
  },
  "one.vm.disksnapshotcreate": {
    params: "i id, i disk, s name",
    run: async (ctx, args) =>
      await vm(args, (vmId) =>
        requestDiskSnapshot(ctx, { vmId, diskId: args.int(1, "disk"), name: args.text(2, "name") }),
      ),
  },
  "one.vm.disksnapshotrevert": {
    params: "i id, i disk, i snapshot",
    run: async (ctx, args) => await vm(args, (vmId) => requestDiskRevert(ctx, diskSnapshot(args, vmId))),
  },
  "one.vm.disksnapshotdelete": {
    params: "i id, i disk, i snapshot",
    run: async (ctx, args) => await vm(args, (vmId) => requestDiskSnapshotDelete(ctx, diskSnapshot(args, vmId))),
  },
  "one.vm.snapshotcreate": {
    params: "i id, s name",
    run: async (ctx, args) =>
      await vm(args, (vmId) => requestSystemSnapshot(ctx, { vmId, name: args.textOr(1, "") || `snapshot-${vmId}` })),
  },
  "one.vm.snapshotrevert": {
    params: "i id, i snapshot",
    run: async (ctx, args) =>
      await vm(args, (vmId) => requestSystemRevert(ctx, { vmId, snapshotId: args.int(1, "snapshot") })),
  },
  "one.vm.snapshotdelete": {
    params: "i id, i snapshot",
    run: async (ctx, args) =>
      await vm(args, (vmId) => requestSystemSnapshotDelete(ctx, { vmId, snapshotId: args.int(1, "snapshot") })),
  },
  ...accessMethods("vm", "vm", OBJECT),
  ...attributeMethods("vm", "vm", OBJECT, "attributes of the machine itself are refused, for administrators too"),
  ...scheduleMethods("vm", "VM", OBJECT, "parent"),
  "one.vm.monitoring": {
    params: "i id",
    differs: "no records are kept: the answer is empty",
    async run(ctx, args) {
      await authorizeVm(ctx.core.db, ctx.actor, "USE", idOf(args, OBJECT));
      return element("MONITORING_DATA").xml;
    },
  },
  "one.vmpool.info": {
    params: "i flag, i start, i end, i state [, s query]",
    differs: "a query by attributes is not looked at",
    run: (ctx, args) => pool(ctx, args, true),
  },
  "one.vmpool.infoextended": {
    params: "i flag, i start, i end, i state [, s query]",
    differs: "a query by attributes is not looked at",
    run: (ctx, args) => pool(ctx, args, false),
  },
  "one.vmpool.infoset": { params: "s ids, b extended", run: (ctx, args) => infoSet(ctx, args) },
  "one.vmpool.monitoring": {
    params: "i flag [, i seconds]",
    differs: "no records are kept: the answer is empty",
    async run(_ctx, args) {
      poolFlag(args.int(0, "flag"));
      args.intOr(1, -1);
      return element("MONITORING_DATA").xml;
    },
  } satisfies RpcMethod,
};

async function vm(args: Arguments, work: (vmId: number) => Promise<unknown>): Promise<number> {
  const vmId = idOf(args, OBJECT);
  await work(vmId);
  return vmId;
}

function diskSnapshot(args: Arguments, vmId: number) {
  return { vmId, diskId: args.int(1, "disk"), snapshotId: args.int(2, "snapshot") };
}

async function cancelBackup(ctx: Ctx, vmId: number): Promise<void> {
  await authorizeVm(ctx.core.db, ctx.actor, "USE", vmId);
  const running = await ctx.core.db.action.findFirst({
    where: { kind: "backup", vmId, state: { in: ["PENDING", "RUNNING"] } },
    select: { id: true },
  });
  if (running === null) {
    throw new RpcError("INTERNAL", `Could not cancel backup for VM ${vmId}, no backup in progress`, vmId);
  }
  await cancelAction(ctx, running.id);
}

async function updateConf(ctx: Ctx, vmId: number, args: Arguments): Promise<void> {
  const type = args.intOr(2, 0);
  if (type !== 0 && type !== 1) throw new RpcError("RPC_API", "Wrong update type");
  const template = readTemplate(args.text(1, "template"));
  const other = Object.keys(template).find((name) => name !== "BACKUP_CONFIG");
  if (other !== undefined)
    throw new RpcError("INTERNAL", `Only BACKUP_CONFIG can be changed here, not ${other}.`, vmId);
  const [config] = vectors(template, "BACKUP_CONFIG");
  if (config === undefined) return; // nothing of it changes, in both modes
  await updateBackupConfig(ctx, { vmId, config: parseBackupConfigVector(config), append: type === 1 });
}

async function attach(ctx: Ctx, vmId: number, template: string): Promise<void> {
  const [disk] = vectors(readTemplate(template), "DISK");
  if (disk === undefined) throw new RpcError("ACTION", "No DISK attribute in template");
  const imageId = disk["IMAGE_ID"];
  const sizeMb = Number(disk["SIZE"] ?? Number.NaN);
  const source =
    imageId === undefined
      ? ({ kind: "volatile", sizeMb, format: disk["FORMAT"]?.toLowerCase() === "raw" ? "raw" : "qcow2" } as const)
      : ({ kind: "image", imageId: Number(imageId) } as const);
  await requestDiskAttach(ctx, { vmId, source, target: disk["TARGET"] ?? null });
}

/** Names of states by OpenNebula's number. */
function statesOf(filter: number): VmState[] | null {
  const entries = Object.entries(VM_STATES) as [VmState, readonly [number, number]][];
  if (filter === -2) return null;
  if (filter === -1) return entries.filter(([state]) => state !== "DONE").map(([state]) => state);
  if (filter < -2 || filter > 11) throw new RpcError("RPC_API", `Incorrect state filter ${filter}`);
  return entries.filter(([, [number]]) => number === filter).map(([state]) => state);
}

async function pool(ctx: Ctx, args: Arguments, isShort: boolean): Promise<MethodResult> {
  const states = statesOf(args.intOr(3, -1));
  const query = poolQuery(ctx, args);
  const where = states === null ? query.where : { AND: [query.where, { state: { in: states } }] };
  const { db } = ctx.core;
  if (isShort) {
    return await poolDocument(
      POOL,
      { ...query, where },
      {
        read: (page) => readShortVmDocuments(db, page),
        print: async (documents) => documents.map(shortVmXml),
      },
    );
  }
  return await poolDocument(
    POOL,
    { ...query, where },
    {
      read: (page) => db.vm.findMany({ ...page, orderBy: { id: "desc" } }),
      print: async (rows) => (await readVmDocuments(db, rows)).map(vmXml),
    },
  );
}

async function infoSet(ctx: Ctx, args: Arguments): Promise<MethodResult> {
  const asked = args
    .text(0, "ids")
    .split(",")
    .flatMap((word) => (/^\s*\d{1,9}\s*$/.test(word) ? [Number(word)] : []));
  const isExtended = args.booleanOr(1, false);
  const { db } = ctx.core;
  return await listDocument(POOL, asked, async (ids) => {
    const where = { AND: [visibleTo(ctx.actor), { id: { in: [...ids] } }] };
    if (!isExtended) return (await readShortVmDocuments(db, { where })).map(shortVmXml);
    const rows = await db.vm.findMany({ where, orderBy: { id: "desc" } });
    return (await readVmDocuments(db, rows)).map(vmXml);
  });
}
