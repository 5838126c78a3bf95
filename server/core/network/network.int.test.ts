import { afterAll, beforeAll, expect, test } from "vitest";
import { withTx } from "../../db/tx";
import type { Actor } from "../../domain/actor";
import { type Template, vectors } from "../../domain/template";
import { changePermissions } from "../access/commands";
import { nextId } from "../ids";
import { requestInstantiate } from "../template/commands";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { requestVmDelete } from "../vm/commands";
import { addRange, createNetwork, deleteNetwork, removeRange } from "./commands";
import { leaseNics } from "./lease";
import { getNetwork, listNetworks } from "./queries";

let bare: BareCore;

beforeAll(async () => {
  bare = await startBareCore();
});

afterAll(() => bare.close());

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error) => error.code as string,
  );

async function network(name: string, size = 3): Promise<number> {
  const range = { type: "IP4" as const, ip: "192.0.2.10", mac: null, size };
  return (await createNetwork(bare.ctx, { name, bridge: "br0", vnMad: "bridge", ranges: [range] })).networkId;
}

/** A template with the NICs, and the VM that is made of it. */
async function instantiate(nics: Template["NIC"], actor: Actor = bare.ctx.actor) {
  const templateId = await withTx(bare.core.db, async (tx) => {
    const id = await nextId(tx, "template");
    const data = { id, uid: actor.userId, gid: 0, name: `t-${id}`, template: { NIC: nics ?? [], MEMORY: ["64"] } };
    await tx.vmTemplate.create({ data });
    return id;
  });
  const ctx = { core: bare.core, actor };
  const { actionId } = await requestInstantiate(ctx, { templateId, name: null, hostId: 0, systemDatastoreId: 0 });
  const { vmId } = await bare.core.db.action.findUniqueOrThrow({ where: { id: actionId } });
  await bare.run(actionId);
  const vm = await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId ?? -1 } });
  return { vmId: vm.id, nics: vectors(vm.template as Template, "NIC") };
}

test("NICs get the first free address; a deleted VM gives its addresses back", async () => {
  const networkId = await network("prod");
  const first = await instantiate([{ NETWORK: "prod" }, { NETWORK: "prod" }]);
  expect(first.nics).toMatchObject([
    { IP: "192.0.2.10", MAC: "02:00:c0:00:02:0a", NETWORK_ID: String(networkId), AR_ID: "0", BRIDGE: "br0" },
    { IP: "192.0.2.11", MAC: "02:00:c0:00:02:0b" },
  ]);
  expect((await getNetwork(bare.ctx, networkId)).leases).toMatchObject([
    { ip: "192.0.2.10", vmId: first.vmId, nicId: 0 },
    { ip: "192.0.2.11", vmId: first.vmId, nicId: 1 },
  ]);
  expect(await code(deleteNetwork(bare.ctx, networkId))).toBe("NETWORK_IN_USE");
  expect(await code(removeRange(bare.ctx, { networkId, rangeId: 0 }))).toBe("NETWORK_IN_USE");
  const { actionId } = await requestVmDelete(bare.ctx, first.vmId);
  expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
  expect((await getNetwork(bare.ctx, networkId)).leases).toEqual([]);
  await deleteNetwork(bare.ctx, networkId);
  expect(await code(getNetwork(bare.ctx, networkId))).toBe("NOT_FOUND");
});

test("a wanted address is leased once; a full network refuses; unknown networks stay as they are", async () => {
  await network("small", 2);
  const { nics } = await instantiate([{ NETWORK: "small", IP: "192.0.2.11" }]);
  expect(nics[0]).toMatchObject({ IP: "192.0.2.11", MAC: "02:00:c0:00:02:0b" });
  expect(await code(instantiate([{ NETWORK: "small", IP: "192.0.2.11" }]))).toBe("ADDRESS_TAKEN");
  expect((await instantiate([{ NETWORK: "small" }])).nics[0]).toMatchObject({ IP: "192.0.2.10" });
  expect(await code(instantiate([{ NETWORK: "small" }]))).toBe("NETWORK_FULL");
  const outside = await instantiate([
    { NETWORK: "small", IP: "198.51.100.7" },
    { NETWORK: "nowhere", IP: "10.1.1.1" },
  ]);
  expect(outside.nics).toMatchObject([
    { IP: "198.51.100.7", NETWORK_ID: "1" },
    { NETWORK: "nowhere", IP: "10.1.1.1" },
  ]);
  expect(outside.nics[1]).not.toHaveProperty("NETWORK_ID");
});

test("a restore goes on without the address that another VM has", async () => {
  await network("shared", 2);
  await instantiate([{ NETWORK: "shared", IP: "192.0.2.10" }]);
  const lease = (vmId: number) =>
    withTx(bare.core.db, (tx) =>
      leaseNics(tx, {
        actor: bare.ctx.actor,
        vmId,
        nics: [{ NETWORK: "shared", IP: "192.0.2.10" }],
        onTaken: "replace",
      }),
    );
  expect(await lease(901)).toMatchObject({
    nics: [{ IP: "192.0.2.11" }],
    warnings: [/leased by VM \d+: NIC 0 got 192/],
  });
  const full = await lease(902);
  expect(full.warnings[0]).toMatch(/no free address/);
  expect(full.nics[0]).not.toHaveProperty("IP");
});

test("twenty VMs at once get twenty addresses", async () => {
  const networkId = await network("busy", 20);
  await Promise.all(
    Array.from({ length: 20 }, (_, vmId) =>
      withTx(bare.core.db, (tx) =>
        leaseNics(tx, { actor: bare.ctx.actor, vmId: 1000 + vmId, nics: [{ NETWORK: "busy" }], onTaken: "refuse" }),
      ),
    ),
  );
  const { leases } = await getNetwork(bare.ctx, networkId);
  expect(new Set(leases.map((lease) => lease.ip)).size).toBe(20);
});

test("ranges of one network share no address; strangers see and use nothing", async () => {
  const networkId = await network("ranged");
  const range = { type: "IP4" as const, ip: "192.0.2.12", mac: null, size: 5 };
  expect(await code(addRange(bare.ctx, { networkId, range }))).toBe("INVALID_INPUT");
  expect(await addRange(bare.ctx, { networkId, range: { ...range, ip: "192.0.2.13" } })).toEqual({ rangeId: 1 });
  await removeRange(bare.ctx, { networkId, rangeId: 1 });
  expect(await code(network("ranged"))).toBe("NAME_TAKEN");

  const actor = await bare.user("nora");
  const ctx = { core: bare.core, actor };
  const page = { offset: 0, limit: 50, descending: false };
  expect((await listNetworks(ctx, page)).total).toBe(0);
  expect(await code(createNetwork(ctx, { name: "mine", bridge: "", vnMad: "dummy", ranges: [] }))).toBe("ADMIN_ONLY");
  const named = withTx(bare.core.db, (tx) =>
    leaseNics(tx, { actor, vmId: 950, nics: [{ NETWORK: "ranged" }], onTaken: "refuse" }),
  );
  expect(await code(named)).toBe("NOT_AUTHORIZED");
  const restored = await withTx(bare.core.db, (tx) =>
    leaseNics(tx, { actor, vmId: 951, nics: [{ NETWORK: "ranged", MODEL: "virtio" }], onTaken: "replace" }),
  );
  expect(restored).toMatchObject({ nics: [{ MODEL: "virtio" }], warnings: [/NIC 0 is not connected/] });
  expect(restored.nics[0]).not.toHaveProperty("NETWORK");
  await changePermissions(bare.ctx, { kind: "network", id: networkId, permissions: 0o604 });
  expect((await listNetworks(ctx, page)).rows).toMatchObject([{ name: "ranged", ranges: [{ size: 3, used: 0 }] }]);
  expect(await code(deleteNetwork(ctx, networkId))).toBe("NOT_AUTHORIZED");
});
