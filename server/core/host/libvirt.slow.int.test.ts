import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDisk } from "../../drivers/testing/disks";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../../drivers/testing/libvirtd";
import { type Harness, startHarness } from "../testing/harness";
import { requestVmDelete } from "../vm/commands";
import { requestPoweroff, requestStart } from "../vm/power";
import { registerVm } from "../vm/register";
import { updateHost } from "./commands";
import { importDomain, listDomains } from "./import";

const MIB = 1024 * 1024;
const reason = whyNoLibvirtd();
/** Two polls and a busy machine. */
const SEEN_MS = 40_000;

describe.skipIf(reason !== null)(`VMs on a real libvirt${reason === null ? "" : ` (skipped: ${reason})`}`, () => {
  let libvirtd: TestLibvirtd;
  let harness: Harness;

  beforeAll(async () => {
    libvirtd = await startLibvirtd();
    harness = await startHarness();
    await updateHost(harness.ctx, {
      hostId: 0,
      libvirtUri: libvirtd.uri,
      emulatorCpus: null,
      domainType: "qemu",
      shutdownSeconds: 2,
    });
  });
  afterAll(async () => {
    await harness.close();
    await libvirtd.stop();
  });

  const stateOf = async (vmId: number) =>
    (await harness.core.db.vm.findUniqueOrThrow({ where: { id: vmId }, select: { state: true } })).state;
  const becomes = async (vmId: number, state: string) =>
    await expect.poll(() => stateOf(vmId), { timeout: SEEN_MS, interval: 200 }).toBe(state);
  const finished = async ({ actionId }: { actionId: number }) => await harness.finished(actionId);

  test("start, a guest that ignores the button, a crash outside, power off, delete", async () => {
    const disk = join(harness.dir, "own.qcow2");
    await makeDisk(disk, 16 * MIB);
    const { vmId } = await registerVm(harness.ctx, {
      name: "own vm",
      hostId: 0,
      systemDatastoreId: 0,
      cpu: 1,
      memoryMb: 64,
      disks: [{ path: disk, format: "qcow2", isVolatile: false }],
      nics: [{ network: "lan" }],
    });
    const started = await finished(await requestStart(harness.ctx, vmId));
    expect(started).toMatchObject({ state: "DONE", error: null });
    expect(started.warnings).toEqual(["NIC 0 (network lan) has no bridge on the host: the guest starts without it."]);
    expect((await libvirtd.virsh("domstate", `one-${vmId}`)).trim()).toBe("running");

    // Firmware without a system has nobody to read the button.
    const asked = await finished(await requestPoweroff(harness.ctx, { vmId, isHard: false }));
    expect(asked).toMatchObject({
      state: "FAILED",
      error: expect.stringContaining("did not react to the power button within 2 s"),
    });
    expect(await stateOf(vmId)).toBe("RUNNING");

    await libvirtd.virsh("destroy", `one-${vmId}`);
    await becomes(vmId, "POWEROFF");

    await finished(await requestStart(harness.ctx, vmId));
    expect(await finished(await requestPoweroff(harness.ctx, { vmId, isHard: true }))).toMatchObject({ state: "DONE" });
    expect((await libvirtd.tryVirsh("domstate", `one-${vmId}`)).ok).toBe(false);

    await finished(await requestStart(harness.ctx, vmId));
    expect(await finished(await requestVmDelete(harness.ctx, vmId))).toMatchObject({ state: "DONE" });
    expect((await libvirtd.virsh("list", "--all", "--name")).trim()).toBe("");
  });

  test("an imported domain keeps its name and definition, and is seen when it is started outside", async () => {
    const disk = join(harness.dir, "legacy.qcow2");
    await makeDisk(disk, 16 * MIB);
    const xml = join(libvirtd.dir, "legacy.xml");
    await writeFile(
      xml,
      `<domain type='qemu'><name>legacy db</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
       <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file="${disk}"/><target dev='sda' bus='sata'/></disk></devices></domain>`,
    );
    await libvirtd.virsh("define", xml);
    const { domains } = await listDomains(harness.ctx, 0);
    expect(domains).toMatchObject([{ name: "legacy db", state: "off", reason: null, disks: [{ bytes: 16 * MIB }] }]);
    const { vmId } = await importDomain(harness.ctx, {
      hostId: 0,
      uuid: domains[0]?.uuid ?? "",
      name: null,
      systemDatastoreId: 0,
    });
    expect(await stateOf(vmId)).toBe("POWEROFF");
    await libvirtd.virsh("start", "legacy db");
    await becomes(vmId, "RUNNING");
    await libvirtd.restart();
    expect(await finished(await requestPoweroff(harness.ctx, { vmId, isHard: true }))).toMatchObject({ state: "DONE" });
    expect(await finished(await requestStart(harness.ctx, vmId))).toMatchObject({ state: "DONE", error: null });
    expect((await libvirtd.virsh("dumpxml", "legacy db")).includes("bus='sata'")).toBe(true);
    expect(await finished(await requestVmDelete(harness.ctx, vmId))).toMatchObject({ state: "DONE" });
    // Strata forgets it; the definition and the disk are the host's.
    expect((await libvirtd.virsh("domstate", "legacy db")).trim()).toBe("shut off");
  });
});
