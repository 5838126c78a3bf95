import type { Chain } from "@/server/domain/backup";

export interface VmContents {
  vmId: number;
  vmName: string;
  chains: number;
  points: number;
  storedBytes: number;
  /** Epoch ms of the newest point, null when there is none. */
  newestAt: number | null;
}

/** Chains summed up per VM, the largest first. */
export function contentsByVm(chains: readonly Chain[]): VmContents[] {
  const found = new Map<number, VmContents>();
  for (const chain of chains) {
    const old = found.get(chain.vmId);
    const newest = chain.points.at(-1)?.at ?? null;
    found.set(chain.vmId, {
      vmId: chain.vmId,
      vmName: chain.vmName,
      chains: (old?.chains ?? 0) + 1,
      points: (old?.points ?? 0) + chain.points.length,
      storedBytes: (old?.storedBytes ?? 0) + chain.storedBytes,
      newestAt: later(old?.newestAt ?? null, newest),
    });
  }
  return [...found.values()].sort((a, b) => b.storedBytes - a.storedBytes);
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
