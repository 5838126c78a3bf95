import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { buildDomain } from "../../domain/libvirt/domain-xml";
import type { TemplateVector } from "../../domain/template";
import { element } from "../../domain/xml/builder";
import { systemClock } from "../../lib/clock";
import { makeDisk, tempDir, tool } from "../testing/disks";
import { openShell } from "../testing/guest";
import { type GuestImage, makeGuestImage } from "../testing/guest-image";
import { startLibvirtd, type TestLibvirtd, whyNoLibvirtd } from "../testing/libvirtd";
import { runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";

const MIB = 1024 * 1024;
const reason = whyNoLibvirtd();

describe.skipIf(reason !== null)(`vmm kvm on a real libvirt${reason === null ? "" : ` (skipped: ${reason})`}`, () => {
  let libvirtd: TestLibvirtd;
  let image: GuestImage;
  let place: { dir: string; remove(): Promise<void> };
  let sshd: TestSshd;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    place = await tempDir("store's $(x) &");
    stops.push(place.remove);
    image = await makeGuestImage(place.dir, { agent: true });
    libvirtd = await startLibvirtd();
    stops.push(libvirtd.stop);
    sshd = await startSshd(["host-1"], { LIBVIRT_DEFAULT_URI: libvirtd.uri });
    stops.push(sshd.stop);
  });

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  const vmDirOf = (vmId: number) => path.join(place.dir, "0", String(vmId));

  /** A VM with a folder, a disk behind a link, and its domain's XML. */
  async function machine(vmId: number, more: { kernel?: boolean; uuid?: string } = {}) {
    const vmDir = vmDirOf(vmId);
    await mkdir(vmDir, { recursive: true });
    const file = path.join(place.dir, `image-${vmId}.qcow2`);
    await makeDisk(file, 32 * MIB);
    await symlink(file, path.join(vmDir, "disk.0"));
    const serial = path.join(libvirtd.dir, `${vmId}.tty`);
    const boot = {
      KERNEL: image.kernel,
      INITRD: image.initrd,
      KERNEL_CMD: "console=ttyS0 quiet panic=-1 strata.agent",
    };
    const built = buildDomain({
      vmId,
      deployId: `one-${vmId}`,
      name: `a <b> & 'c' ${vmId}`,
      vmDir,
      template: {
        MEMORY: ["192"],
        VCPU: ["1"],
        DISK: [{ DISK_ID: "0", TYPE: "FILE", FORMAT: "qcow2", TARGET: "vda" }],
        OS: [
          {
            UUID: more.uuid ?? `00000000-0000-4000-8000-00000000${vmId}`,
            MACHINE: "pc",
            ...(more.kernel === true ? boot : {}),
          },
        ],
        FEATURES: [{ GUEST_AGENT: "YES" }],
      },
      domainType: "qemu",
      emulatorCpus: "0",
      cgroupsVersion: null,
      raw: `<devices><serial type='unix'><source mode='bind' path='${serial}'/></serial></devices>`,
    });
    return { vmDir, file, serial, xml: built.xml, deployId: `one-${vmId}` };
  }

  const call = async (action: string, argv: readonly string[], xml?: string) =>
    await runDriver({
      action: `vmm/kvm/${action}`,
      argv,
      libvirtUri: libvirtd.uri,
      sshConfig: sshd.configPath,
      ...(xml === undefined ? {} : { xml }),
    });
  async function ok(action: string, argv: readonly string[], xml?: string): Promise<string> {
    const result = await call(action, argv, xml);
    expect(result.stderr.split("\n").filter((line) => line !== "" && !/^(INFO|WARN):/.test(line))).toEqual([]);
    expect(result.exitCode).toBe(0);
    return result.stdout.trim();
  }
  async function refused(action: string, argv: readonly string[], xml?: string): Promise<string> {
    const result = await call(action, argv, xml);
    expect(result.exitCode).toBe(1);
    return result.stderr;
  }
  const deploy = async (vmId: number, xml: string, host = "localhost") =>
    await ok("deploy", [`${vmDirOf(vmId)}/deployment.0`, host, String(vmId), host], xml);
  const Polled = z.object({ domains: z.array(z.object({ name: z.string(), state: z.string() })) });
  const poll = async (host = "localhost") => Polled.parse(JSON.parse(await ok("poll", [host]))).domains;

  test("deploy makes a transient domain of the generated XML, once; cancel ends it, once", async () => {
    const vm = await machine(1001);
    const uuid = await deploy(1001, vm.xml);
    expect(uuid).toBe("00000000-0000-4000-8000-000000001001");
    expect(await deploy(1001, vm.xml)).toBe(uuid);
    const xml = await libvirtd.virsh("dumpxml", vm.deployId);
    // The link is resolved, and text arrived as it was written.
    expect(xml).toContain(`<source file='${vm.file.replaceAll("&", "&amp;").replaceAll("'", "&apos;")}'`);
    expect(xml).toContain("<title>a &lt;b&gt; &amp; &apos;c&apos; 1001</title>");
    expect(xml).toContain("<emulatorpin cpuset='0'/>");
    expect((await libvirtd.virsh("dominfo", vm.deployId)).split("\n")).toContainEqual(
      expect.stringMatching(/^Persistent: +no$/),
    );
    expect(await poll()).toContainEqual({ name: vm.deployId, state: "running" });
    const argv = [vm.deployId, "localhost", "1001", "localhost"];
    await ok("cancel", argv);
    await ok("cancel", argv);
    expect(await poll()).not.toContainEqual(expect.objectContaining({ name: vm.deployId }));
  });

  test("what may not be started is refused with its reason, and nothing runs", async () => {
    const vm = await machine(1002);
    const argv = [`${vm.vmDir}/deployment.0`, "localhost", "1002", "localhost"];
    await tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/hostname", "-F", "raw", vm.file);
    expect(await refused("deploy", argv, vm.xml)).toContain("backing file /etc/hostname lies outside the datastores");
    expect(await refused("deploy", [`${place.dir}/deployment.0`, ...argv.slice(1)], vm.xml)).toContain(
      "is not a deployment file of VM 1002",
    );
    expect(await refused("deploy", [...argv, "qemu+ssh://x/system"], vm.xml)).toContain("LIBVIRT_URI");
    expect(await refused("deploy", argv, "<domain><name>--all</name></domain>")).toContain(
      "is not the name of a libvirt domain",
    );
    expect(await refused("deploy", argv, "<!DOCTYPE x><domain/>")).toContain("DOCTYPE");
    expect(await poll()).toEqual([]);
  });

  test("a domain of the same name with another UUID is somebody else's", async () => {
    const vm = await machine(1003);
    const definition = path.join(place.dir, "foreign.xml");
    await writeFile(
      definition,
      "<domain type='qemu'><name>one-1003</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>",
    );
    await libvirtd.virsh("define", definition);
    const argv = [`${vm.vmDir}/deployment.0`, "localhost", "1003", "localhost"];
    expect(await refused("deploy", argv, vm.xml)).toMatch(/has another domain named one-1003 \(UUID [0-9a-f-]{36}\)/);
    await libvirtd.virsh("undefine", "one-1003");
  });

  test("a libvirt that is away is not taken for a VM that is off", async () => {
    const away = "qemu:///system?socket=/tmp/no-such-libvirt/sock";
    for (const action of ["cancel", "shutdown", "reboot"]) {
      expect(await refused(action, ["one-1", "localhost", "1", "localhost", away])).toContain(
        "libvirt does not answer",
      );
    }
    expect(await refused("poll", ["localhost", away])).toContain("libvirt does not answer");
    expect(await refused("list", ["localhost", away])).toContain("libvirt does not answer");
    expect(await refused("poll", ["no-such-host"])).toContain("Cannot reach the host no-such-host over ssh");
  });

  test("over ssh: list and poll of a host, a domain of hostile names included", async () => {
    const definition = path.join(place.dir, "odd.xml");
    const name = "a 'b' $(id) &amp; c";
    await writeFile(
      definition,
      `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>
       <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${path.join(place.dir, "image-1001.qcow2").replaceAll("&", "&amp;").replaceAll("'", "&apos;")}'/><target dev='vda'/></disk>
       <disk type='file' device='cdrom'><target dev='hdb'/><readonly/></disk>
       <interface type='user'><mac address='02:00:00:00:00:07'/></interface></devices></domain>`,
    );
    await libvirtd.virsh("define", definition);
    const { domains } = JSON.parse(await ok("list", ["host-1"])) as { domains: unknown[] };
    expect(domains).toEqual([
      expect.objectContaining({
        name: "a 'b' $(id) & c",
        state: "off",
        isPersistent: true,
        cpus: 2,
        memoryMib: 64,
        disks: [
          {
            target: "vda",
            device: "disk",
            type: "file",
            format: "qcow2",
            source: path.join(place.dir, "image-1001.qcow2"),
            isReadonly: false,
            bytes: 32 * MIB,
          },
          expect.objectContaining({ target: "hdb", device: "cdrom", source: "" }),
        ],
        nics: [expect.objectContaining({ mac: "02:00:00:00:00:07", type: "user" })],
      }),
    ]);
    expect(await poll("host-1")).toEqual([{ name: "a 'b' $(id) & c", state: "off" }]);
    expect(await ok("start", ["a 'b' $(id) & c", "1", "host-1"])).toMatch(/^[0-9a-f-]{36}$/);
    expect(await poll("host-1")).toEqual([{ name: "a 'b' $(id) & c", state: "running" }]);
    await ok("cancel", ["a 'b' $(id) & c", "host-1", "1", "host-1"]);
    await libvirtd.virsh("undefine", "a 'b' $(id) & c");
    expect(await refused("start", ["gone", "1", "host-1"])).toContain("host-1 has no domain named gone any more");
  });

  test("the connection test names its stages", async () => {
    const lines = (await ok("test", ["host-1"])).split("\n");
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "connect ok",
      "libvirt ok",
      "tools ok",
      "acceleration ok",
    ]);
    expect(lines[3]).toMatch(/^acceleration ok (kvm|qemu) /);
    const dead = await ok("test", ["no-such-host"]);
    expect(dead).toMatch(/^connect failed Cannot reach .*\nlibvirt skipped\ntools skipped\nacceleration skipped$/);
  });

  describe("a guest that runs", () => {
    let vm: Awaited<ReturnType<typeof machine>>;
    let shell: Awaited<ReturnType<typeof openShell>>;
    const argv = () => [vm.deployId, "host-1", "1010", "host-1"];
    const boot = async () => {
      await deploy(1010, vm.xml, "host-1");
      shell = await openShell(vm.serial);
    };

    beforeAll(async () => {
      vm = await machine(1010, { kernel: true });
      await boot();
    });
    afterAll(() => shell.close());

    const document = (disk: TemplateVector) =>
      element("VM", [
        element("ID", 1010),
        element("TEMPLATE", [
          element(
            "DISK",
            Object.entries({ ...disk, ATTACH: "YES" }).map(([key, value]) => element(key, value)),
          ),
        ]),
      ]).xml;

    test("attach and detach of a disk, each repeatable", async () => {
      const source = path.join(vm.vmDir, "disk.3");
      await makeDisk(source, 16 * MIB);
      const xml = document({ DISK_ID: "3", FORMAT: "qcow2", TYPE: "FILE" });
      const attach = [vm.deployId, source, "vdb", "1", "-", "1010", "host-1"];
      await ok("attach_disk", attach, xml);
      await ok("attach_disk", attach, xml);
      await expect.poll(() => shell.run("cat /sys/block/vdb/size"), { timeout: 10_000 }).toBe(String((16 * MIB) / 512));
      expect(await refused("attach_disk", [vm.deployId, source, "vda", "0", "-", "1010", "host-1"], xml)).toContain(
        "has another disk as vda already",
      );
      const detach = [vm.deployId, source, "vdb", "1", "1010", "host-1"];
      await ok("detach_disk", detach);
      await ok("detach_disk", detach);
      expect(await shell.run("ls /sys/block")).not.toContain("vdb");
    });

    test("the fifth argument may hold the document, as OpenNebula gives it", async () => {
      const source = path.join(vm.vmDir, "disk.3");
      const encoded = Buffer.from(document({ DISK_ID: "3", FORMAT: "qcow2" })).toString("base64");
      await ok("attach_disk", [vm.deployId, source, "vdc", "2", encoded, "1010", "host-1"]);
      await ok("detach_disk", [vm.deployId, source, "vdc", "2", "1010", "host-1"]);
    });

    test("a system snapshot outlives the domain and brings memory and disk back", async () => {
      await shell.run("echo before >/run/mark; printf one | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null");
      expect(await ok("snapshot_create", [vm.deployId, "0", "1010", "host-1"])).toBe("snap-0");
      expect(await ok("snapshot_create", [vm.deployId, "0", "1010", "host-1"])).toBe("snap-0");
      expect(await readFile(path.join(vm.vmDir, "snap-0.xml"), "utf8")).toContain("<name>snap-0</name>");
      await shell.run("echo after >/run/mark; printf two | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null");
      shell.close();
      await ok("cancel", argv());
      await boot();
      await ok("snapshot_revert", [vm.deployId, "snap-0", "1010", "host-1"]);
      shell.close();
      shell = await openShell(vm.serial, { isReady: true });
      expect(await shell.run("cat /run/mark; dd if=/dev/vda bs=3 count=1 2>/dev/null; echo")).toBe("before\none");
      await ok("snapshot_delete", [vm.deployId, "snap-0", "1010", "host-1"]);
      await ok("snapshot_delete", [vm.deployId, "snap-0", "1010", "host-1"]);
      await expect(readFile(path.join(vm.vmDir, "snap-0.xml"))).rejects.toThrow();
      expect(await tool("qemu-img", "snapshot", "-U", "-l", vm.file)).toBe("");
    });

    test("a guest that ignores the power button keeps running, and the wait can be cancelled", async () => {
      await shell.run("killall qemu-ga || true");
      expect(await refused("shutdown", [...argv(), "-", "1"])).toContain(
        "did not react to the power button within 1 s",
      );
      expect(await poll()).toContainEqual({ name: vm.deployId, state: "running" });
      const controller = new AbortController();
      const waiting = startDriver({
        action: "vmm/kvm/shutdown",
        argv: [...argv(), "-", "100"],
        libvirtUri: libvirtd.uri,
        sshConfig: sshd.configPath,
        signal: controller.signal,
      });
      await systemClock.sleep(500);
      controller.abort();
      const result = await waiting.done;
      expect(result.exitCode).toBe(143);
      expect(await poll()).toContainEqual({ name: vm.deployId, state: "running" });
    });

    test("a guest that obeys shuts down", async () => {
      await shell.run(
        "printf '#!/bin/sh\\nsleep 1; poweroff -f\\n' >/sbin/shutdown; chmod +x /sbin/shutdown; setsid /bin/agent >/dev/null 2>&1 </dev/null &",
      );
      await expect
        .poll(async () => (await libvirtd.tryVirsh("qemu-agent-command", vm.deployId, '{"execute":"guest-ping"}')).ok, {
          timeout: 20_000,
        })
        .toBe(true);
      await ok("shutdown", argv());
      await ok("shutdown", argv());
      expect(await poll()).not.toContainEqual(expect.objectContaining({ name: vm.deployId }));
    });
  });
});
