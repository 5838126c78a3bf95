import { toJson } from "../../db/json";
import { parseStored } from "../../db/stored";
import { withTx } from "../../db/tx";
import { appError } from "../../domain/errors";
import { HOST_TEST_STAGES, type HostTestResult } from "../../domain/host";
import { Template, withValues } from "../../domain/template";
import type { Core } from "../core";
import { appendEvent } from "../event/append";
import { requireHost } from "../require";
import { attributesOf, foundAcceleration } from "./attributes";

/** Run the connection test of the vmm driver; nothing is stored. `uri` null: the driver's default. */
export async function runHostTest(
  core: Core,
  host: { name: string; vmMad: string; uri: string | null },
  signal: AbortSignal,
): Promise<HostTestResult> {
  const { stdout } = await core.drivers.call({
    family: "vmm",
    driver: host.vmMad,
    action: "test",
    argv: [host.name, host.uri ?? "-"],
    document: "",
    signal,
  });
  return parseTest(stdout);
}

/** Lines `<stage> ok|failed|skipped <detail>`; a stage without a line was skipped. */
export function parseTest(stdout: string): HostTestResult {
  const lines = stdout.split("\n").map((line) => line.trim());
  const stages = HOST_TEST_STAGES.map((stage): HostTestResult["stages"][number] => {
    const [, state = "", ...detail] = (lines.find((line) => line.startsWith(`${stage} `)) ?? "").split(" ");
    const known = state === "ok" || state === "failed" ? state : "skipped";
    return { stage, state: known, detail: detail.join(" ") };
  });
  const acceleration = stages.find(({ stage, state }) => stage === "acceleration" && state === "ok")?.detail ?? "";
  const [word = "", ...rest] = acceleration.split(" ");
  const found = word === "kvm" || word === "qemu" ? word : null;
  return {
    stages: stages.map((each) =>
      each.stage === "acceleration" && found !== null
        ? { ...each, detail: `${found === "kvm" ? "KVM" : "Emulation"}: ${rest.join(" ")}` }
        : each,
    ),
    isOk: stages.every(({ state }) => state === "ok"),
    acceleration: found,
  };
}

/** Remember how guests run on a host. */
export async function storeAcceleration(core: Core, hostId: number, found: "kvm" | "qemu"): Promise<void> {
  await withTx(core.db, async (tx) => {
    await tx.$queryRaw`SELECT "id" FROM "Host" WHERE "id" = ${hostId} FOR UPDATE`;
    const host = await requireHost(tx, hostId);
    if (foundAcceleration(host.template) === found) return;
    const template = withValues(parseStored(Template, host.template), "ACCELERATION", [found]);
    await tx.host.update({ where: { id: hostId }, data: { template: toJson(template) } });
    await appendEvent(tx, { topic: "host", objectId: hostId, type: "tested" });
  });
}

/**
 * `kvm` or `qemu` for a guest's start: what the administrator says, else what the connection test found, which is made
 * now when it was not made before.
 */
export async function domainTypeOf(core: Core, hostId: number, signal: AbortSignal): Promise<"kvm" | "qemu"> {
  const host = await requireHost(core.db, hostId);
  const attributes = attributesOf(host.template);
  if (attributes.domainType !== "auto") return attributes.domainType;
  const known = foundAcceleration(host.template);
  if (known !== null) return known;
  const result = await runHostTest(core, { name: host.name, vmMad: host.vmMad, uri: attributes.libvirtUri }, signal);
  if (result.acceleration !== null) {
    await storeAcceleration(core, hostId, result.acceleration);
    return result.acceleration;
  }
  const failed = result.stages.find(({ state }) => state === "failed");
  throw appError("DRIVER_FAILED", {
    path: `vmm/${host.vmMad}/test`,
    exitCode: null,
    reason: failed?.detail ?? `It is not known whether ${host.name} has KVM.`,
  });
}
