import type { HostRow, HostTestStage } from "@/server/domain/host";

/** Stages of the connection test, in words. */
export const HOST_STAGE_WORDS: Record<HostTestStage, string> = {
  connect: "Reach the machine and sign in",
  libvirt: "Ask libvirt",
  tools: "Look for the programs that backups need",
  acceleration: "Boot a kernel with KVM",
};

/** How guests of a host run. */
export function accelerationText(host: Pick<HostRow, "acceleration">): string {
  if (host.acceleration === null) return "Not tried yet";
  return host.acceleration === "kvm" ? "KVM" : "Emulation, which is slow";
}

/** `2 VMs, 1 runs` */
export function vmCountText(host: Pick<HostRow, "vmCount" | "runningCount">): string {
  if (host.vmCount === 0) return "No VMs";
  const vms = host.vmCount === 1 ? "1 VM" : `${host.vmCount} VMs`;
  if (host.runningCount === 0) return `${vms}, none runs`;
  return `${vms}, ${host.runningCount} ${host.runningCount === 1 ? "runs" : "run"}`;
}
