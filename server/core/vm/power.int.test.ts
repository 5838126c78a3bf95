import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestBackup } from "../backup/request";
import { createHost, deleteHost, testHost, updateHost } from "../host/commands";
import { importDomain, listDomains } from "../host/import";
import { pollHost } from "../host/poll";
import { getHost, listHosts } from "../host/queries";
import { type BareCore, startBareCore } from "../testing/bare-core";
import { requestVmDelete } from "./commands";
import { requestPoweroff, requestReboot, requestStart } from "./power";

let bare: BareCore;
/** Domains that the fake host has, by name. */
const domains = new Map<string, "running" | "off">();

beforeAll(async () => {
  bare = await startBareCore();
  bare.drivers.on("vmm/poll", () =>
    JSON.stringify({ domains: [...domains].map(([name, state]) => ({ name, state })) }),
  );
  bare.drivers.on("vmm/test", () => "connect ok x\nlibvirt ok y\ntools ok z\nacceleration ok qemu no KVM");
  bare.drivers.on("vmm/deploy", ({ document }) => {
    domains.set(/<name>([^<]*)</.exec(document)?.[1] ?? "", "running");
    return "uuid";
  });
  bare.drivers.on("vmm/cancel", ({ argv }) => {
    domains.set(argv[0] ?? "", "off");
    return "";
  });
});
afterAll(() => bare.close());

const stateOf = async (vmId: number) => (await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } })).state;
const poll = (isLost = false) => pollHost(bare.core, 0, AbortSignal.timeout(10_000), isLost);
const lastCall = (action: string) => bare.drivers.calls.filter((call) => call.action === action).at(-1);

describe("start and stop", () => {
  test("a start deploys the generated domain, a hard power-off destroys it, each VM keeps its UUID", async () => {
    const vmId = await bare.vm("cycle");
    const { actionId } = await requestStart(bare.ctx, vmId);
    expect(await stateOf(vmId)).toBe("BOOT");
    expect(await bare.run(actionId)).toMatchObject({ state: "DONE" });
    expect(await stateOf(vmId)).toBe("RUNNING");
    const deploy = lastCall("deploy");
    const vmDir = `${bare.core.config.datastoreLocation}/0/${vmId}`;
    expect(deploy?.argv).toEqual([`${vmDir}/deployment.0`, "localhost", String(vmId), "localhost", "-"]);
    const uuid = /<uuid>([0-9a-f-]{36})<\/uuid>/.exec(deploy?.document ?? "")?.[1];
    expect(uuid).toBeDefined();
    expect(deploy?.document).toContain("<domain type='qemu'>");
    // Found by the connection test once, and remembered.
    expect((await listHosts(bare.ctx))[0]?.acceleration).toBe("qemu");

    const off = await requestPoweroff(bare.ctx, { vmId, isHard: true });
    expect(await bare.run(off.actionId)).toMatchObject({ state: "DONE" });
    expect(await stateOf(vmId)).toBe("POWEROFF");
    const again = await requestStart(bare.ctx, vmId);
    await bare.run(again.actionId);
    expect(lastCall("deploy")?.document).toContain(`<uuid>${uuid}</uuid>`);
    expect(bare.drivers.calls.filter((call) => call.action === "test")).toHaveLength(1);
  });

  test("a guest that does not shut down stays RUNNING, with the reason", async () => {
    const vmId = await bare.vm("stubborn");
    await bare.run((await requestStart(bare.ctx, vmId)).actionId);
    await updateHost(bare.ctx, {
      hostId: 0,
      libvirtUri: null,
      emulatorCpus: "0-1",
      domainType: "auto",
      shutdownSeconds: 7,
    });
    bare.drivers.on("vmm/shutdown", () => {
      throw new Error("did not react");
    });
    const { actionId } = await requestPoweroff(bare.ctx, { vmId, isHard: false });
    expect(await stateOf(vmId)).toBe("SHUTDOWN_POWEROFF");
    expect(await bare.run(actionId)).toMatchObject({ state: "FAILED", error: "did not react" });
    expect(await stateOf(vmId)).toBe("RUNNING");
    expect(lastCall("shutdown")?.argv).toEqual([`one-${vmId}`, "localhost", String(vmId), "localhost", "-", "7"]);
    await bare.run((await requestReboot(bare.ctx, vmId)).actionId);
    expect(lastCall("reboot")?.argv[0]).toBe(`one-${vmId}`);
  });

  test("EMULATOR_CPUS comes from the host", async () => {
    const vmId = await bare.vm("pinned");
    await bare.run((await requestStart(bare.ctx, vmId)).actionId);
    expect(lastCall("deploy")?.document).toContain("<emulatorpin cpuset='0-1'/>");
  });

  test("a failed start goes back to POWEROFF", async () => {
    const vmId = await bare.vm("broken");
    await bare.core.db.vm.update({ where: { id: vmId }, data: { template: { MEMORY: ["none"] } } });
    const { actionId } = await requestStart(bare.ctx, vmId);
    expect(await bare.run(actionId)).toMatchObject({ state: "FAILED", error: expect.stringContaining("MEMORY is") });
    expect(await stateOf(vmId)).toBe("POWEROFF");
  });

  test("only the right states, and not during a backup", async () => {
    const vmId = await bare.vm("busy");
    const datastoreId = await bare.datastore("for-busy");
    await expect(requestPoweroff(bare.ctx, { vmId, isHard: true })).rejects.toMatchObject({
      code: "VM_OPERATION_STATE",
    });
    await expect(requestReboot(bare.ctx, vmId)).rejects.toMatchObject({ code: "VM_OPERATION_STATE" });
    await requestBackup(bare.ctx, { vmId, datastoreId, reset: false });
    await expect(requestStart(bare.ctx, vmId)).rejects.toMatchObject({ code: "VM_OPERATION_STATE" });
    await expect(requestVmDelete(bare.ctx, vmId)).rejects.toMatchObject({ code: "VM_WRONG_STATE" });
  });

  test("needs the MANAGE right", async () => {
    const owner = await bare.user("owner");
    const stranger = await bare.user("stranger");
    const vmId = await bare.vm("owned", owner);
    await expect(requestStart({ ...bare.ctx, actor: stranger }, vmId)).rejects.toMatchObject({
      code: "NOT_AUTHORIZED",
    });
    await requestStart({ ...bare.ctx, actor: owner }, vmId);
    expect(await stateOf(vmId)).toBe("BOOT");
  });

  test.each([
    ["RAW", { RAW: [{ TYPE: "kvm", DATA: "<a/>" }] }],
    ["EMULATOR", { EMULATOR: ["/tmp/x"] }],
    ["OS/KERNEL", { OS: [{ KERNEL: "/etc/shadow" }] }],
    ["OS/INITRD", { OS: [{ INITRD: "/etc/shadow" }] }],
    ["a CD-ROM by its path", { DISK: [{ DISK_ID: "0", TYPE: "CDROM", SOURCE: "/etc/shadow", TARGET: "hda" }] }],
  ])("%s of an ordinary user's VM is refused, whoever starts it", async (what, template) => {
    const owner = await bare.user(`owner of ${what}`.replaceAll("/", "-"));
    const vmId = await bare.vm(`secret-${what.replaceAll(/\W/g, "")}`, owner);
    await bare.core.db.vm.update({ where: { id: vmId }, data: { template: { MEMORY: ["64"], ...template } } });
    const { actionId } = await requestStart(bare.ctx, vmId);
    expect(await bare.run(actionId)).toMatchObject({
      state: "FAILED",
      error: expect.stringContaining(`it has ${what},`),
    });
  });

  test("RAW of an administrator must be well-formed", async () => {
    const vmId = await bare.vm("raw");
    const set = (DATA: string) =>
      bare.core.db.vm.update({
        where: { id: vmId },
        data: {
          template: {
            MEMORY: ["64"],
            RAW: [
              { TYPE: "KVM", DATA },
              { TYPE: "lxc", DATA: "<lxc>" },
            ],
          },
        },
      });
    await set("</domain><domain>");
    expect(await bare.run((await requestStart(bare.ctx, vmId)).actionId)).toMatchObject({
      error: expect.stringContaining("DATA of RAW is no well-formed XML"),
    });
    await set("<devices><rng model='virtio'/></devices>");
    expect(await bare.run((await requestStart(bare.ctx, vmId)).actionId)).toMatchObject({ state: "DONE" });
    expect(lastCall("deploy")?.document).toContain("<devices><rng model='virtio'/></devices></domain>");
  });

  test("a running VM is cut off and deleted; when that fails it stays", async () => {
    const vmId = await bare.vm("doomed");
    await bare.run((await requestStart(bare.ctx, vmId)).actionId);
    bare.drivers.on("vmm/cancel", () => {
      throw new Error("no way");
    });
    expect(await bare.run((await requestVmDelete(bare.ctx, vmId)).actionId)).toMatchObject({ state: "FAILED" });
    expect(await stateOf(vmId)).toBe("RUNNING");
    bare.drivers.on("vmm/cancel", () => "");
    expect(await bare.run((await requestVmDelete(bare.ctx, vmId)).actionId)).toMatchObject({ state: "DONE" });
    expect(await stateOf(vmId)).toBe("DONE");
  });
});

describe("what the host says", () => {
  test("one call corrects all VMs of a host; those at work are left alone", async () => {
    domains.clear();
    const gone = await bare.vm("gone");
    await bare.core.db.vm.update({ where: { id: gone }, data: { state: "RUNNING" } });
    const woken = await bare.vm("woken");
    domains.set(`one-${woken}`, "running");
    const off = await bare.vm("off");
    domains.set(`one-${off}`, "off");
    const busy = await bare.vm("at-work");
    await bare.core.db.vm.update({ where: { id: busy }, data: { state: "BACKUP" } });
    const before = bare.drivers.calls.length;
    expect(await poll()).toEqual({ isOk: true });
    expect(bare.drivers.calls.length - before).toBe(1);
    expect(await Promise.all([gone, woken, off, busy].map(stateOf))).toEqual([
      "POWEROFF",
      "RUNNING",
      "POWEROFF",
      "BACKUP",
    ]);
  });

  test("a VM that an operation moved during the call is left alone", async () => {
    const vmId = await bare.vm("race");
    bare.drivers.on("vmm/poll", async () => {
      await bare.core.db.vm.update({ where: { id: vmId }, data: { state: "BOOT" } });
      return JSON.stringify({ domains: [{ name: `one-${vmId}`, state: "running" }] });
    });
    await poll();
    expect(await stateOf(vmId)).toBe("BOOT");
  });

  test("a host that is away: its error is shown, and only later its VMs are UNKNOWN; then they are found again", async () => {
    const vmId = await bare.vm("lost");
    await bare.core.db.vm.update({ where: { id: vmId }, data: { state: "RUNNING" } });
    bare.drivers.on("vmm/poll", () => {
      throw new Error("no route to host");
    });
    expect(await poll()).toEqual({ isOk: false });
    expect(await stateOf(vmId)).toBe("RUNNING");
    expect(await getHost(bare.ctx, 0)).toMatchObject({ health: "unreachable", error: "no route to host" });
    await poll(true);
    expect(await stateOf(vmId)).toBe("UNKNOWN");
    bare.drivers.on("vmm/poll", () => JSON.stringify({ domains: [{ name: `one-${vmId}`, state: "paused" }] }));
    await poll();
    expect(await stateOf(vmId)).toBe("RUNNING");
    expect(await getHost(bare.ctx, 0)).toMatchObject({ health: "ok", error: null });
  });
});

describe("hosts", () => {
  test("are added, tested and deleted by administrators alone", async () => {
    const attributes = {
      libvirtUri: "qemu:///session",
      emulatorCpus: null,
      domainType: "auto" as const,
      shutdownSeconds: 60,
    };
    const user = { ...bare.ctx, actor: await bare.user("no-admin") };
    await expect(createHost(user, { name: "h1", ...attributes })).rejects.toMatchObject({ code: "ADMIN_ONLY" });
    const { hostId } = await createHost(bare.ctx, { name: "h1", ...attributes });
    await expect(createHost(bare.ctx, { name: "h1", ...attributes })).rejects.toMatchObject({ code: "NAME_TAKEN" });
    expect(await getHost(bare.ctx, hostId)).toMatchObject({ name: "h1", attributes, isLocal: false, vmCount: 0 });
    expect(lastCall("poll")?.argv).toEqual(["h1", "qemu:///session"]);
    expect(await testHost(bare.ctx, hostId)).toMatchObject({ isOk: true, acceleration: "qemu" });
    await expect(deleteHost(user, hostId)).rejects.toMatchObject({ code: "ADMIN_ONLY" });
    await expect(listDomains(user, hostId)).rejects.toMatchObject({ code: "ADMIN_ONLY" });
    await deleteHost(bare.ctx, hostId);
    await expect(deleteHost(bare.ctx, 0)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(getHost(bare.ctx, hostId)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("import", () => {
  const disk = (source: string) => ({
    target: "vda",
    device: "disk",
    type: "file",
    format: "qcow2",
    source,
    isReadonly: false,
    bytes: 1024,
  });
  const domain = (name: string, more: object = {}) => ({
    name,
    uuid: `00000000-0000-4000-8000-${name.length.toString().padStart(12, "0")}`,
    state: "running",
    isPersistent: true,
    cpus: 2,
    memoryMib: 256,
    machine: "pc",
    arch: "x86_64",
    hasAgent: true,
    disks: [disk(`/libvirt/${name}.qcow2`), { ...disk("/iso"), target: "hda", device: "cdrom", format: "raw" }],
    nics: [{ mac: "02:00:00:00:00:01", type: "network", network: "default", model: "virtio" }],
    ...more,
  });

  test("a running domain becomes a RUNNING VM of its own name and files; a second import is refused", async () => {
    const web = domain("legacy-web");
    const odd = domain("odd-block", { disks: [{ ...disk("/dev/sdb"), type: "block" }] });
    bare.drivers.on("vmm/list", () => JSON.stringify({ domains: [web, odd, { uuid: "x", error: "unreadable" }] }));
    const listed = await listDomains(bare.ctx, 0);
    expect(listed.domains.map(({ name, vmId, reason }) => [name, vmId, reason === null])).toEqual([
      ["legacy-web", null, true],
      ["odd-block", null, false],
    ]);
    expect(listed.unreadable).toEqual([{ uuid: "x", error: "unreadable" }]);

    const input = { hostId: 0, uuid: web.uuid, name: null, systemDatastoreId: 0 };
    const { vmId } = await importDomain(bare.ctx, input);
    const vm = await bare.core.db.vm.findUniqueOrThrow({ where: { id: vmId } });
    expect(vm).toMatchObject({ name: "legacy-web", deployId: "legacy-web", state: "RUNNING" });
    expect(vm.template).toMatchObject({
      DISK: [
        { DISK_ID: "0", SOURCE: "/libvirt/legacy-web.qcow2", TARGET: "vda", FORMAT: "qcow2", PERSISTENT: "YES" },
        { DISK_ID: "1", TYPE: "CDROM", SOURCE: "/iso" },
      ],
      NIC: [{ LIBVIRT_NETWORK: "default", MAC: "02:00:00:00:00:01" }],
      OS: [{ UUID: web.uuid }],
      IMPORTED: ["YES"],
    });
    await expect(importDomain(bare.ctx, input)).rejects.toThrow(`It is VM ${vmId} already`);
    await expect(importDomain(bare.ctx, { ...input, uuid: odd.uuid })).rejects.toThrow("vda is no file (block)");

    // It is found and started by its own name, from its own definition.
    bare.drivers.on("vmm/poll", () => JSON.stringify({ domains: [{ name: "legacy-web", state: "off" }] }));
    await poll();
    expect(await stateOf(vmId)).toBe("POWEROFF");
    await bare.run((await requestStart(bare.ctx, vmId)).actionId);
    expect(lastCall("start")?.argv).toEqual(["legacy-web", String(vmId), "localhost", "-"]);
    expect(await stateOf(vmId)).toBe("RUNNING");
  });

  test("nothing is left when a disk cannot be adopted, or is another VM's", async () => {
    const copy = domain("legacy-web-2", { disks: [disk("/libvirt/legacy-web.qcow2")] });
    bare.drivers.on("vmm/list", () => JSON.stringify({ domains: [copy] }));
    const count = await bare.core.db.vm.count();
    const input = { hostId: 0, uuid: copy.uuid, name: null, systemDatastoreId: 0 };
    await expect(importDomain(bare.ctx, input)).rejects.toThrow("is a disk of VM");
    expect(lastCall("delete")?.argv[0]).toMatch(/^localhost:.*\/0\/\d+$/);
    expect(await bare.core.db.vm.count()).toBe(count);
  });
});
