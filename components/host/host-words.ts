import { t, words } from "@/components/i18n/t";
import type { HostRow, HostTestStage } from "@/server/domain/host";

/** Stages of the connection test, in words. */
export const HOST_STAGE_WORDS: Record<HostTestStage, string> = words({
  connect: "Reach the machine and sign in",
  libvirt: "Ask libvirt",
  tools: "Look for the programs that backups need",
  acceleration: "Boot a kernel with KVM",
});

/** How guests of a host run. */
export function accelerationText(host: Pick<HostRow, "acceleration">): string {
  if (host.acceleration === null) return t("Not tried yet");
  return host.acceleration === "kvm" ? "KVM" : t("Emulation, which is slow");
}

/** `2 VMs, 1 runs` */
export function vmCountText(host: Pick<HostRow, "vmCount" | "runningCount">): string {
  if (host.vmCount === 0) return t("No VMs");
  const vms = t("{vmCount, plural, one {1 VM} other {{vmCount} VMs}}", { vmCount: host.vmCount });
  if (host.runningCount === 0) return t("{vms}, none runs", { vms });
  return `${vms}, ${host.runningCount} ${t("{runningCount, plural, one {runs} other {run}}", { runningCount: host.runningCount })}`;
}
